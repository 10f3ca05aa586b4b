// Sums over rows, column by column, in two passes: blocks of rows give partial sums, column_sums_finish adds those up.
// The order is fixed by the shape alone. Blocks are (32, SUMMANDS) threads and cover COLUMNS columns.
#pragma once
#include "vectors.cuh"

namespace attmask {

constexpr int SUMMANDS = 8;
constexpr int COLUMNS = 4 * WARP;

// Sum of what the threads of equal threadIdx.x bring; it is whole where threadIdx.y is 0.
template <int V>
__device__ __forceinline__ Pack<V> sum_down(const Pack<V>& mine) {
    __shared__ Pack<V> all[SUMMANDS][WARP];
    all[threadIdx.y][threadIdx.x] = mine;
    __syncthreads();
    Pack<V> sum = mine;
    if (threadIdx.y == 0) {
#pragma unroll
        for (int y = 1; y < SUMMANDS; ++y) sum += all[y][threadIdx.x];
    }
    __syncthreads();
    return sum;
}

// Calls f(column) with the columns of this thread, equally often in all threads of a block; a column may be past the
// end.
template <int V, typename F>
__device__ __forceinline__ void block_columns(F f) {
#pragma unroll 1
    for (int part = 0; part < 4 / V; ++part) f(blockIdx.x * COLUMNS + (part * WARP + threadIdx.x) * V);
}

// partial[blockIdx.y, n, column] = sum n over the rows of this block, `block_rows` of them; add(sums, row, column) adds
// a row to the N sums.
template <int V, int N, typename F>
__device__ __forceinline__ void partial_sums(float* partial, int rows, int width, int block_rows, F add) {
    const int from = blockIdx.y * block_rows;
    const int to = min(from + block_rows, rows);
    block_columns<V>([&](int column) {
        Pack<V> sums[N] = {};
        if (column < width) {
#pragma unroll 4
            for (int row = from + threadIdx.y; row < to; row += SUMMANDS) add(sums, row, column);
        }
#pragma unroll
        for (int n = 0; n < N; ++n) {
            const Pack<V> sum = sum_down(sums[n]);
            float* to = partial + (int64_t(blockIdx.y) * N + n) * width + column;
            if (threadIdx.y == 0 && column < width) store(to, sum);
        }
    });
}

}  // namespace attmask
