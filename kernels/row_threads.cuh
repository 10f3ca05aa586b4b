// Rows of numbers, each shared by blockDim.x threads: one warp (then blockDim.y rows are in a block) or all the warps
// of a block (then blockDim.y is 1, and there is a block for every row).
#pragma once
#include "vectors.cuh"

namespace attmask {

// The most threads that a row gets; kernels promise it, so that their registers suffice.
constexpr int ROW_THREADS = 512;

// The row of this thread.
__device__ __forceinline__ int my_row() {
    return blockIdx.x * blockDim.y + threadIdx.y;
}

__device__ __forceinline__ float row_sum(float x) {
    __shared__ float warps[WARP];
    return blockDim.x == WARP ? warp_sum(x) : block_sum(x, warps);
}

__device__ __forceinline__ float row_max(float x) {
    __shared__ float warps[WARP];
    return blockDim.x == WARP ? warp_max(x) : block_max(x, warps);
}

// Calls f(column) for every V-th column; neighbouring threads get neighbouring columns.
template <int V, typename F>
__device__ __forceinline__ void columns(int width, F f) {
    for (int column = threadIdx.x * V; column < width; column += blockDim.x * V) f(column);
}

// A row that is read several times. The first HELD packs of each thread stay in registers: all of the row for widths up
// to 32 · V · HELD by a warp, 1024 with vectors. What lies beyond is read again, from the cache.
template <int V>
struct Row {
    static constexpr int HELD = 8;
    const float* row;
    int width;
    Pack<V> held[HELD];

    __device__ __forceinline__ Row(const float* row, int width) : row(row), width(width) {
#pragma unroll
        for (int i = 0; i < HELD; ++i) {
            const int column = (threadIdx.x + i * blockDim.x) * V;
            if (column < width) held[i] = load<V>(row + column);
        }
    }
};

// Calls f(column, pack...) for this thread's packs of equally wide rows.
template <int V, typename F, typename... More>
__device__ __forceinline__ void each(F f, const Row<V>& first, const More&... more) {
#pragma unroll
    for (int i = 0; i < Row<V>::HELD; ++i) {
        const int column = (threadIdx.x + i * blockDim.x) * V;
        if (column < first.width) f(column, first.held[i], more.held[i]...);
    }
#pragma unroll 1
    for (int column = (threadIdx.x + Row<V>::HELD * blockDim.x) * V; column < first.width; column += blockDim.x * V) {
        f(column, load<V>(first.row + column), load<V>(more.row + column)...);
    }
}

// Sum over the row of f(element...).
template <int V, typename F, typename... More>
__device__ __forceinline__ float sum(F f, const Row<V>& first, const More&... more) {
    float total = 0.f;
    each([&](int, const auto&... packs) {
        const Pack<V> terms = zip(f, packs...);
#pragma unroll
        for (int k = 0; k < V; ++k) total += terms.at[k];
    }, first, more...);
    return row_sum(total);
}

}  // namespace attmask
