// What Linear does beside its matrix products, which are cuBLAS's: the bias and its gradient. y, dy (rows, width).
#include "column_sums.cuh"

using namespace attmask;

// y ← the bias in every row; the product is added to it. Threads are spread as for column sums.
extern "C" __global__ void linear_bias(float* __restrict__ y, const float* __restrict__ bias, int rows, int width,
                                       int block_rows) {
    const int from = blockIdx.y * block_rows;
    const int to = min(from + block_rows, rows);
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        block_columns<V>([&](int column) {
            if (column >= width) return;
            const Pack<V> b = load<V>(bias + column);
            for (int row = from + threadIdx.y; row < to; row += SUMMANDS) {
                store(y + int64_t(row) * width + column, b);
            }
        });
    }, y, bias);
}

// partial (blocks, width): sums of dy over blocks of rows.
extern "C" __global__ void linear_bias_backward_partial(float* __restrict__ partial, const float* __restrict__ dy,
                                                        int rows, int width, int block_rows) {
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        partial_sums<V, 1>(partial, rows, width, block_rows, [&](Pack<V>(&sums)[1], int row, int column) {
            sums[0] += load<V>(dy + int64_t(row) * width + column);
        });
    }, partial, dy);
}
