// What every kernel uses: 16-byte accesses, warp and block reductions in a fixed order.
#pragma once
#include <cstdint>

namespace attmask {

constexpr int WARP = 32;

// Sum over a warp, the same bits in every lane: a butterfly adds the same pairs on both sides.
__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
    return x;
}

__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, d));
    return x;
}

// Sum over a block of whole warps, in every thread. `warps` holds a float for each warp; on return it may be reused.
__device__ __forceinline__ float block_sum(float x, float* warps) {
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    const int count = blockDim.x * blockDim.y / WARP;
    x = warp_sum(x);
    if (thread % WARP == 0) warps[thread / WARP] = x;
    __syncthreads();
    float sum = 0.f;
    for (int i = 0; i < count; ++i) sum += warps[i];
    __syncthreads();
    return sum;
}

__device__ __forceinline__ float block_max(float x, float* warps) {
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    const int count = blockDim.x * blockDim.y / WARP;
    x = warp_max(x);
    if (thread % WARP == 0) warps[thread / WARP] = x;
    __syncthreads();
    float most = warps[0];
    for (int i = 1; i < count; ++i) most = fmaxf(most, warps[i]);
    __syncthreads();
    return most;
}

}  // namespace attmask
