// average ← keep · average + take · value, elementwise.
#include "vectors.cuh"

using namespace attmask;

extern "C" __global__ void ema_update(float* average, const float* value, int64_t count, float keep, float take) {
    map(blockIdx.x, average, count, [=](float a, float v) { return keep * a + take * v; }, average, value);
}
