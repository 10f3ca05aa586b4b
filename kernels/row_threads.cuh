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
// to 32 · V · HELD by a warp, 1024 with vectors. What lies beyond is read again, from the cache. `read(column)` gives V
// columns.
template <int N, typename Read>
struct Row {
    static constexpr int V = N;
    static constexpr int HELD = 8;
    const int width;
    const Read read;
    Pack<V> held[HELD];

    __device__ __forceinline__ Row(int width, Read read) : width(width), read(read) {
#pragma unroll
        for (int i = 0; i < HELD; ++i) {
            const int column = (threadIdx.x + i * blockDim.x) * V;
            if (column < width) held[i] = read(column);
        }
    }
};

template <int V, typename Read>
__device__ __forceinline__ Row<V, Read> hold(int width, Read read) {
    return Row<V, Read>(width, read);
}

template <int V, typename T>
__device__ __forceinline__ auto hold(int width, const T* row) {
    return hold<V>(width, [row](int column) { return load<V>(row + column); });
}

// Calls f(column, pack...) for this thread's packs of equally wide rows.
template <typename F, typename First, typename... More>
__device__ __forceinline__ void each(F f, const First& first, const More&... more) {
    constexpr int V = First::V;
#pragma unroll
    for (int i = 0; i < First::HELD; ++i) {
        const int column = (threadIdx.x + i * blockDim.x) * V;
        if (column < first.width) f(column, first.held[i], more.held[i]...);
    }
#pragma unroll 1
    for (int column = (threadIdx.x + First::HELD * blockDim.x) * V; column < first.width; column += blockDim.x * V) {
        f(column, first.read(column), more.read(column)...);
    }
}

// Sum over the row of f(element...).
template <typename F, typename... Rows>
__device__ __forceinline__ float sum(F f, const Rows&... rows) {
    float total = 0.f;
    each([&](int, const auto&... packs) {
        const auto terms = zip(f, packs...);
        for (float term : terms.at) total += term;
    }, rows...);
    return row_sum(total);
}

}  // namespace attmask
