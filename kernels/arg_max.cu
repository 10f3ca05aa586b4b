// index[row] ← where the row's largest entry is, ties to the lower index. A block for a row.
#include "vectors.cuh"

using namespace attmask;

struct Best {
    float value;
    int index;
};

__device__ __forceinline__ Best better(const Best& a, const Best& b) {
    return b.value > a.value || (b.value == a.value && b.index < a.index) ? b : a;
}

__device__ __forceinline__ Best warp_best(Best best) {
#pragma unroll
    for (int d = WARP / 2; d > 0; d >>= 1) {
        const float value = __shfl_xor_sync(0xffffffffu, best.value, d);
        best = better(best, {value, __shfl_xor_sync(0xffffffffu, best.index, d)});
    }
    return best;
}

template <typename T>
__device__ __forceinline__ void forward(int* __restrict__ index, const T* __restrict__ x, int width) {
    __shared__ Best warps[WARP];
    const T* row = x + int64_t(blockIdx.x) * width;
    // Thread 0 starts from entry 0, so that the answer is an entry of the row even if nothing compares (NaN).
    Best best = {threadIdx.x == 0 ? load<1>(row).at[0] : -INFINITY, 4 * int(threadIdx.x)};
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
#pragma unroll 4
        for (int i = V * threadIdx.x; i < width; i += V * blockDim.x) {
            const Pack<V> values = load<V>(row + i);
#pragma unroll
            for (int k = 0; k < V; ++k) {
                if (values.at[k] > best.value) best = {values.at[k], i + k};
            }
        }
    }, x);
    best = warp_best(best);
    if (threadIdx.x % WARP == 0) warps[threadIdx.x / WARP] = best;
    __syncthreads();
    if (threadIdx.x > 0) return;
    for (int i = 1; i < blockDim.x / WARP; ++i) best = better(best, warps[i]);
    index[blockIdx.x] = best.index;
}

#define ARG_MAX(TYPE, T)                                                                                              \
    extern "C" __global__ __launch_bounds__(256) void arg_max_forward##TYPE(                                          \
        int* __restrict__ index, const T* __restrict__ x, int width) {                                                \
        forward(index, x, width);                                                                                     \
    }

ARG_MAX(, float)
ARG_MAX(_bf16, Bf16)
