// index[row] <- where the row's largest entry is, ties to the lower index. A block for a row.
#include "common.cuh"
#include "pack.cuh"

namespace attmask {

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
        best = better(
            best, {__shfl_xor_sync(0xffffffffu, best.value, d), __shfl_xor_sync(0xffffffffu, best.index, d)});
    }
    return best;
}

// Thread 0 starts from entry 0, so that the answer is an entry of the row even if nothing compares (NaN).
template <int N>
__device__ __forceinline__ void arg_max(int* index, const float* x, int width) {
    __shared__ Best warps[WARP];
    const float* row = x + (long long)blockIdx.x * width;
    Best best = {-INFINITY, (int)threadIdx.x * N};
    if (threadIdx.x == 0) best.value = row[0];
#pragma unroll 4
    for (int i = N * threadIdx.x; i < width; i += N * blockDim.x) {
        const Pack<N> v = load<N>(row + i);
        for (int j = 0; j < N; ++j) {
            if (v.at[j] > best.value) best = {v.at[j], i + j};
        }
    }
    best = warp_best(best);
    if (threadIdx.x % WARP == 0) warps[threadIdx.x / WARP] = best;
    __syncthreads();
    if (threadIdx.x > 0) return;
    for (int i = 1; i < blockDim.x / WARP; ++i) best = better(best, warps[i]);
    index[blockIdx.x] = best.index;
}

}  // namespace attmask

extern "C" __global__ void __launch_bounds__(256)
    arg_max_forward(int* __restrict__ index, const float* __restrict__ x, int width) {
    attmask::arg_max<1>(index, x, width);
}

extern "C" __global__ void __launch_bounds__(256)
    arg_max_forward_wide(int* __restrict__ index, const float* __restrict__ x, int width) {
    attmask::arg_max<4>(index, x, width);
}
