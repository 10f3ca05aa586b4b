// y = x + keep[b] · branch, elementwise. An image b has `per_image` elements, in `blocks` blocks of threads. keep
// (images), or null for all 1.
#include "vectors.cuh"

namespace attmask {

// y may be x.
template <typename T>
__device__ __forceinline__ void forward(
    T* y, const T* x, const T* branch, const float* keep, int64_t per_image, int blocks) {
    const int image = blockIdx.x / blocks;
    const int64_t at = image * per_image;
    const float scale = keep == nullptr ? 1.f : keep[image];
    const auto sum = [scale](float a, float b) { return a + scale * b; };
    map(blockIdx.x % blocks, y + at, per_image, sum, x + at, branch + at);
}

// dbranch ← keep[b] · dy
template <typename T>
__device__ __forceinline__ void backward(T* dbranch, const T* dy, const float* keep, int64_t per_image, int blocks) {
    const int image = blockIdx.x / blocks;
    const int64_t at = image * per_image;
    const float scale = keep == nullptr ? 1.f : keep[image];
    map(blockIdx.x % blocks, dbranch + at, per_image, [scale](float d) { return scale * d; }, dy + at);
}

}  // namespace attmask

#define RESIDUAL(TYPE, T)                                                                                  \
    extern "C" __global__ void residual_forward##TYPE(                                                     \
        T* y, const T* x, const T* branch, const float* keep, int64_t per_image, int blocks) {             \
        attmask::forward(y, x, branch, keep, per_image, blocks);                                           \
    }                                                                                                      \
    extern "C" __global__ void residual_backward##TYPE(                                                    \
        T* dbranch, const T* dy, const float* keep, int64_t per_image, int blocks) {                       \
        attmask::backward(dbranch, dy, keep, per_image, blocks);                                           \
    }

RESIDUAL(, float)
RESIDUAL(_bf16, attmask::Bf16)
