// What Linear does beside its matrix products, which are cuBLAS's: the bias and its gradient, and the GELU h Φ(h) with the
// exact Φ(h) = (1 + erf(h/√2)) / 2. y, h, dy (rows, width).
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

__device__ __forceinline__ float normal_cdf(float x) {
    return 0.5f + 0.5f * erff(0.70710678118654752f * x);
}

// h ← h + the bias, y ← GELU(h). y may be h.
template <typename T>
__device__ __forceinline__ void gelu(T* y, T* hidden, const float* __restrict__ bias, int rows, int width,
                                     int block_rows) {
    const int from = blockIdx.y * block_rows;
    const int to = min(from + block_rows, rows);
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        block_columns<V>([&](int column) {
            if (column >= width) return;
            const Pack<V> b = load<V>(bias + column);
            for (int row = from + threadIdx.y; row < to; row += SUMMANDS) {
                const int64_t at = int64_t(row) * width + column;
                const Pack<V> h = zip([](float v, float shift) { return v + shift; }, load<V>(hidden + at), b);
                store(hidden + at, h);
                store(y + at, zip([](float v) { return v * normal_cdf(v); }, h));
            }
        });
    }, y, hidden, bias);
}

// dh ← dh (Φ(h) + h φ(h)) with the density φ(h) = exp(−h²/2) / √(2π).
template <typename T>
__device__ __forceinline__ void gelu_backward(T* dhidden, const T* hidden, int64_t count) {
    map(blockIdx.x, dhidden, count, [](float d, float h) {
        return d * (normal_cdf(h) + h * (0.39894228040143268f * expf(-0.5f * h * h)));
    }, dhidden, hidden);
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
    extern "C" __global__ void linear_gelu##TYPE(                                                             \
        T* y, T* hidden, const float* __restrict__ bias, int rows, int width, int block_rows) {               \
        attmask::gelu(y, hidden, bias, rows, width, block_rows);                                              \
    }                                                                                                         \
    extern "C" __global__ void linear_gelu_backward##TYPE(T* dhidden, const T* hidden, int64_t count) {       \
        attmask::gelu_backward(dhidden, hidden, count);                                                       \
    }                                                                                                         \
    extern "C" __global__ void linear_bias_backward_partial##TYPE(                                            \
        float* __restrict__ partial, const T* __restrict__ dy, int rows, int width, int block_rows) {         \
        attmask::backward_partial(partial, dy, rows, width, block_rows);                                      \
    }

LINEAR(, float)
LINEAR(_bf16, attmask::Bf16)
