// Linear beside its matrix products, which are cuBLAS's: the bias and its gradient. Blocks are 32 threads over columns
// by 8 over rows, a thread for N neighbouring columns.
#include "common.cuh"
#include "pack.cuh"

namespace attmask {

constexpr int ROWS = 8;

// y (R, O) <- the bias in every row; the product is then added to it.
template <int N>
__device__ __forceinline__ void bias_rows(float* y, const float* bias, int rows, int width) {
    const int column = (blockIdx.x * WARP + threadIdx.x) * N;
    if (column >= width) return;
    const Pack<N> b = load<N>(bias + column);
    for (int row = blockIdx.y * ROWS + threadIdx.y; row < rows; row += gridDim.y * ROWS) {
        store(y + (long long)row * width + column, b);
    }
}

// sums (blocks in y, O): block b sums rows b * rows_per_block and on of x (R, O), onto what is there or over it. Two
// passes make the sum of all rows: sums of blocks of rows, then the sum of those.
template <int N>
__device__ __forceinline__ void column_sums(
    float* sums, const float* x, int rows, int width, int rows_per_block, int accumulate) {
    __shared__ Pack<N> parts[ROWS][WARP];
    const int column = (blockIdx.x * WARP + threadIdx.x) * N;
    const int first = blockIdx.y * rows_per_block;
    const int end = min(rows, first + rows_per_block);
    Pack<N> sum = {};
    if (column < width) {
#pragma unroll 4
        for (int row = first + threadIdx.y; row < end; row += ROWS) {
            const Pack<N> v = load<N>(x + (long long)row * width + column);
            for (int i = 0; i < N; ++i) sum.at[i] += v.at[i];
        }
    }
    parts[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || column >= width) return;
    for (int y = 1; y < ROWS; ++y) {
        for (int i = 0; i < N; ++i) sum.at[i] += parts[y][threadIdx.x].at[i];
    }
    float* out = sums + (long long)blockIdx.y * width + column;
    if (accumulate) {
        const Pack<N> old = load<N>(out);
        for (int i = 0; i < N; ++i) sum.at[i] += old.at[i];
    }
    store(out, sum);
}

}  // namespace attmask

extern "C" __global__ void __launch_bounds__(256)
    linear_bias(float* __restrict__ y, const float* __restrict__ bias, int rows, int width) {
    attmask::bias_rows<1>(y, bias, rows, width);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_bias_wide(float* __restrict__ y, const float* __restrict__ bias, int rows, int width) {
    attmask::bias_rows<4>(y, bias, rows, width);
}

extern "C" __global__ void __launch_bounds__(256) linear_column_sums(
    float* __restrict__ sums, const float* __restrict__ x, int rows, int width, int rows_per_block, int accumulate) {
    attmask::column_sums<1>(sums, x, rows, width, rows_per_block, accumulate);
}

extern "C" __global__ void __launch_bounds__(256) linear_column_sums_wide(
    float* __restrict__ sums, const float* __restrict__ x, int rows, int width, int rows_per_block, int accumulate) {
    attmask::column_sums<4>(sums, x, rows, width, rows_per_block, accumulate);
}
