// average <- keep * average + take * value, elementwise over a flat tensor.
#include "pack.cuh"

extern "C" __global__ void __launch_bounds__(256)
    ema_update(float* __restrict__ average, const float* __restrict__ value, long long count, float keep, float take) {
    using namespace attmask;
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const long long threads = (long long)gridDim.x * blockDim.x;
    const long long packs = aligned(average) && aligned(value) ? count / 4 : 0;
    // Unrolling would divide 64-bit numbers to count its rounds; the grid fills the device without it.
#pragma unroll 1
    for (long long i = thread; i < packs; i += threads) {
        Pack<4> a = load<4>(average + 4 * i);
        const Pack<4> x = load<4>(value + 4 * i);
        for (int j = 0; j < 4; ++j) a.at[j] = keep * a.at[j] + take * x.at[j];
        store(average + 4 * i, a);
    }
#pragma unroll 1
    for (long long i = 4 * packs + thread; i < count; i += threads) {
        average[i] = keep * average[i] + take * value[i];
    }
}
