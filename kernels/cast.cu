// Numbers from one type to the other, to bfloat16 rounded to nearest, ties to even.
#include "vectors.cuh"

using namespace attmask;

extern "C" __global__ void cast_to_bf16(Bf16* __restrict__ y, const float* __restrict__ x, int64_t count) {
    map(blockIdx.x, y, count, [](float v) { return v; }, x);
}

extern "C" __global__ void cast_to_f32(float* __restrict__ y, const Bf16* __restrict__ x, int64_t count) {
    map(blockIdx.x, y, count, [](float v) { return v; }, x);
}
