// y = x + keep[b] · branch, elementwise. An image b has `per_image` elements, in `blocks` blocks of threads.
#include "vectors.cuh"

using namespace attmask;

// y may be x. keep (images), or null for all 1.
extern "C" __global__ void residual_forward(float* y, const float* x, const float* branch, const float* keep,
                                            int64_t per_image, int blocks) {
    const int image = blockIdx.x / blocks;
    const int64_t at = image * per_image;
    const float scale = keep == nullptr ? 1.f : keep[image];
    const auto sum = [scale](float a, float b) { return a + scale * b; };
    map(blockIdx.x % blocks, y + at, per_image, sum, x + at, branch + at);
}

// dbranch ← keep[b] · dy
extern "C" __global__ void residual_backward(float* dbranch, const float* dy, const float* keep, int64_t per_image,
                                             int blocks) {
    const int image = blockIdx.x / blocks;
    const int64_t at = image * per_image;
    const float scale = keep == nullptr ? 1.f : keep[image];
    map(blockIdx.x % blocks, dbranch + at, per_image, [scale](float d) { return scale * d; }, dy + at);
}
