// y = x Φ(x) with the exact Φ(x) = (1 + erf(x/√2)) / 2, elementwise.
#include "vectors.cuh"

namespace attmask {

__device__ __forceinline__ float normal_cdf(float x) {
    return 0.5f + 0.5f * erff(0.70710678118654752f * x);
}

template <typename T>
__device__ __forceinline__ void forward(T* y, const T* x, int64_t count) {
    map(blockIdx.x, y, count, [](float v) { return v * normal_cdf(v); }, x);
}

// dx ← dy (Φ(x) + x φ(x)) with the density φ(x) = exp(−x²/2) / √(2π).
template <typename T>
__device__ __forceinline__ void backward(T* dx, const T* dy, const T* x, int64_t count) {
    map(blockIdx.x, dx, count, [](float d, float v) {
        return d * (normal_cdf(v) + v * (0.39894228040143268f * expf(-0.5f * v * v)));
    }, dy, x);
}

}  // namespace attmask

#define GELU(TYPE, T)                                                                       \
    extern "C" __global__ void gelu_forward##TYPE(T* y, const T* x, int64_t count) {        \
        attmask::forward(y, x, count);                                                      \
    }                                                                                       \
    extern "C" __global__ void gelu_backward##TYPE(T* dx, const T* dy, const T* x, int64_t count) { \
        attmask::backward(dx, dy, x, count);                                                \
    }

GELU(, float)
GELU(_bf16, attmask::Bf16)
