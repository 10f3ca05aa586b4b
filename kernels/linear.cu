// What Linear does beside its matrix products, which are cuBLAS's: the bias and its gradient. y, dy (rows, width).
#include "column_sums.cuh"

namespace attmask {

// y ← the bias in every row; the product is added to it. Threads are spread as for column sums.
template <typename T>
__device__ __forceinline__ void fill(
    T* __restrict__ y, const float* __restrict__ bias, int rows, int width, int block_rows) {
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
template <typename T>
__device__ __forceinline__ void backward_partial(
    float* __restrict__ partial, const T* __restrict__ dy, int rows, int width, int block_rows) {
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        partial_sums<V, 1>(partial, rows, width, block_rows, [&](Pack<V>(&sums)[1], int row, int column) {
            sums[0] += load<V>(dy + int64_t(row) * width + column);
        });
    }, partial, dy);
}

}  // namespace attmask

#define LINEAR(TYPE, T)                                                                                       \
    extern "C" __global__ void linear_bias##TYPE(                                                             \
        T* __restrict__ y, const float* __restrict__ bias, int rows, int width, int block_rows) {             \
        attmask::fill(y, bias, rows, width, block_rows);                                                      \
    }                                                                                                         \
    extern "C" __global__ void linear_bias_backward_partial##TYPE(                                            \
        float* __restrict__ partial, const T* __restrict__ dy, int rows, int width, int block_rows) {         \
        attmask::backward_partial(partial, dy, rows, width, block_rows);                                      \
    }

LINEAR(, float)
LINEAR(_bf16, attmask::Bf16)
