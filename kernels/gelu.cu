// y = x Φ(x) with the exact Φ(x) = (1 + erf(x/√2)) / 2, elementwise.
#include "vectors.cuh"

using namespace attmask;

__device__ __forceinline__ float normal_cdf(float x) {
    return 0.5f + 0.5f * erff(0.70710678118654752f * x);
}

extern "C" __global__ void gelu_forward(float* y, const float* x, int64_t count) {
    map(blockIdx.x, y, count, [](float v) { return v * normal_cdf(v); }, x);
}

// dx ← dy (Φ(x) + x φ(x)) with the density φ(x) = exp(−x²/2) / √(2π).
extern "C" __global__ void gelu_backward(float* dx, const float* dy, const float* x, int64_t count) {
    map(blockIdx.x, dx, count, [](float d, float v) {
        return d * (normal_cdf(v) + v * (0.39894228040143268f * expf(-0.5f * v * v)));
    }, dy, x);
}
