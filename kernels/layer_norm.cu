// y = γ x̂ + β with x̂ = (x − mean) · rstd, row by row; x is given, or is a sum, x + keep[b] · branch, that is stored on
// the way. x (rows, width), γ and β (width), mean and rstd (rows), keep (rows / image_rows), or null for all 1.
#include "column_sums.cuh"
#include "row_threads.cuh"

namespace attmask {

// What memory of type T holds of these numbers.
template <typename T, int V>
__device__ __forceinline__ Pack<V> stored(const Pack<V>& values) {
    if constexpr (sizeof(T) == sizeof(float)) {
        return values;
    } else {
        return zip([](float v) { return __bfloat162float(__float2bfloat16_rn(v)); }, values);
    }
}

__device__ __forceinline__ float factor(const float* keep, int row, int image_rows) {
    return keep == nullptr ? 1.f : keep[row / image_rows];
}

// The row that read(column) gives; done(column, pack) gets each part after its last reading.
template <int V, typename T, typename Read, typename Done>
__device__ __forceinline__ void normalize(T* y, float* mean, float* rstd, const float* gamma, const float* beta,
                                          int width, float epsilon, Read read, Done done) {
    const auto in = hold<V>(width, read);
    const float m = sum([](float v) { return v; }, in) / width;
    // Squares of what is left when the mean is gone: no cancellation.
    const float variance = sum([m](float v) { return (v - m) * (v - m); }, in) / width;
    const float r = 1.f / sqrtf(variance + epsilon);
    each([&](int column, const Pack<V>& values) {
        done(column, values);
        store(y + column, zip([m, r](float v, float g, float b) { return g * ((v - m) * r) + b; }, values,
                              load<V>(gamma + column), load<V>(beta + column)));
    }, in);
    if (threadIdx.x == 0) {
        *mean = m;
        *rstd = r;
    }
}

template <typename T>
__device__ __forceinline__ void forward(T* __restrict__ y, float* __restrict__ mean, float* __restrict__ rstd,
                                        const T* __restrict__ x, const float* __restrict__ gamma,
                                        const float* __restrict__ beta, int rows, int width, float epsilon) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        normalize<V>(y + at, mean + row, rstd + row, gamma, beta, width, epsilon,
                     [&](int column) { return load<V>(x + at + column); }, [](int, const Pack<V>&) {});
    }, y, x, gamma, beta);
}

// sum may be x: each part is stored by the thread that reads it, after its last reading.
template <typename T>
__device__ __forceinline__ void forward_sum(T* __restrict__ y, float* __restrict__ mean, float* __restrict__ rstd,
                                            T* sum, const T* x, const T* __restrict__ branch,
                                            const float* __restrict__ keep, const float* __restrict__ gamma,
                                            const float* __restrict__ beta, int rows, int width, int image_rows,
                                            float epsilon) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    const float scale = factor(keep, row, image_rows);
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        normalize<V>(y + at, mean + row, rstd + row, gamma, beta, width, epsilon,
                     [&](int column) {
                         return stored<T>(zip([scale](float a, float b) { return a + scale * b; },
                                              load<V>(x + at + column), load<V>(branch + at + column)));
                     },
                     [&](int column, const Pack<V>& values) { store(sum + at + column, values); });
    }, y, sum, x, branch, gamma, beta);
}

// With g = γ dy: dx ← dx + rstd (g − mean(g) − x̂ mean(g x̂)), and dbranch ← keep[b] · dx unless it is null.
template <typename T>
__device__ __forceinline__ void backward(T* __restrict__ dx, T* __restrict__ dbranch, const T* __restrict__ dy,
                                         const T* __restrict__ x, const float* __restrict__ mean,
                                         const float* __restrict__ rstd, const float* __restrict__ gamma,
                                         const float* __restrict__ keep, int rows, int width, int image_rows) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    const float m = mean[row];
    const float r = rstd[row];
    const float kept = factor(keep, row, image_rows);
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto in = hold<V>(width, x + at);
        const auto gradient = hold<V>(width, dy + at);
        float along = 0.f;
        float across = 0.f;
        each([&](int column, const Pack<V>& values, const Pack<V>& grads) {
            const Pack<V> scale = load<V>(gamma + column);
#pragma unroll
            for (int k = 0; k < V; ++k) {
                const float g = scale.at[k] * grads.at[k];
                along += g;
                across += g * ((values.at[k] - m) * r);
            }
        }, in, gradient);
        along = row_sum(along) / width;
        across = row_sum(across) / width;
        each([&](int column, const Pack<V>& values, const Pack<V>& grads) {
            Pack<V> out = zip([=](float v, float d, float s) {
                return r * (s * d - along - (v - m) * r * across);
            }, values, grads, load<V>(gamma + column));
            out += load<V>(dx + at + column);
            store(dx + at + column, out);
            if (dbranch != nullptr) {
                store(dbranch + at + column, zip([kept](float d) { return kept * d; }, stored<T>(out)));
            }
        }, in, gradient);
    }, dx, dbranch, dy, x, gamma);
}

// partial (blocks, 2, width): sums of dy x̂ for dγ, and of dy for dβ.
template <typename T>
__device__ __forceinline__ void backward_partial(float* __restrict__ partial, const T* __restrict__ dy,
                                                 const T* __restrict__ x, const float* __restrict__ mean,
                                                 const float* __restrict__ rstd, int rows, int width, int block_rows) {
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        partial_sums<V, 2>(partial, rows, width, block_rows, [&](Pack<V>(&sums)[2], int row, int column) {
            const int64_t at = int64_t(row) * width + column;
            const Pack<V> grads = load<V>(dy + at);
            const float m = mean[row];
            const float r = rstd[row];
            sums[0] += zip([=](float d, float v) { return d * ((v - m) * r); }, grads, load<V>(x + at));
            sums[1] += grads;
        });
    }, partial, dy, x);
}

}  // namespace attmask

// Then the launch bounds of forward: for bfloat16 CUDA 12.0's compiler must be told that one block of a multiprocessor
// will do, or it spills for the sake of two.
#define LAYER_NORM(TYPE, T, ...)                                                                                      \
    extern "C" __global__ __launch_bounds__(__VA_ARGS__) void layer_norm_forward##TYPE(                               \
        T* __restrict__ y, float* __restrict__ mean, float* __restrict__ rstd, const T* __restrict__ x,               \
        const float* __restrict__ gamma, const float* __restrict__ beta, int rows, int width, float epsilon) {        \
        attmask::forward(y, mean, rstd, x, gamma, beta, rows, width, epsilon);                                        \
    }                                                                                                                 \
    extern "C" __global__ __launch_bounds__(__VA_ARGS__) void layer_norm_forward_sum##TYPE(                           \
        T* __restrict__ y, float* __restrict__ mean, float* __restrict__ rstd, T* sum, const T* x,                    \
        const T* __restrict__ branch, const float* __restrict__ keep, const float* __restrict__ gamma,                \
        const float* __restrict__ beta, int rows, int width, int image_rows, float epsilon) {                         \
        attmask::forward_sum(y, mean, rstd, sum, x, branch, keep, gamma, beta, rows, width, image_rows, epsilon);     \
    }                                                                                                                 \
    extern "C" __global__ __launch_bounds__(attmask::ROW_THREADS) void layer_norm_backward##TYPE(                     \
        T* __restrict__ dx, T* __restrict__ dbranch, const T* __restrict__ dy, const T* __restrict__ x,               \
        const float* __restrict__ mean, const float* __restrict__ rstd, const float* __restrict__ gamma,              \
        const float* __restrict__ keep, int rows, int width, int image_rows) {                                        \
        attmask::backward(dx, dbranch, dy, x, mean, rstd, gamma, keep, rows, width, image_rows);                      \
    }                                                                                                                 \
    extern "C" __global__ void layer_norm_backward_partial##TYPE(                                                     \
        float* __restrict__ partial, const T* __restrict__ dy, const T* __restrict__ x,                               \
        const float* __restrict__ mean, const float* __restrict__ rstd, int rows, int width, int block_rows) {        \
        attmask::backward_partial(partial, dy, x, mean, rstd, rows, width, block_rows);                               \
    }

LAYER_NORM(, float, attmask::ROW_THREADS)
LAYER_NORM(_bf16, attmask::Bf16, attmask::ROW_THREADS, 1)
