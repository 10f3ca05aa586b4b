// y = x / max(‖x‖, ε), row by row. x (rows, width), norm (rows).
#include "row_threads.cuh"

namespace attmask {

template <typename T>
__device__ __forceinline__ void forward(
    T* y, float* __restrict__ norm, const T* x, int rows, int width, float epsilon) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto in = hold<V>(width, x + at);
        const float length = sqrtf(sum([](float v) { return v * v; }, in));
        const float scale = 1.f / fmaxf(length, epsilon);
        each([&](int column, const Pack<V>& values) {
            store(y + at + column, zip([=](float v) { return v * scale; }, values));
        }, in);
        if (threadIdx.x == 0) norm[row] = length;
    }, y, x);
}

// dx ← (dy − y Σ y dy) / norm, or dy / ε where the norm is below ε. dx may be dy.
template <typename T>
__device__ __forceinline__ void backward(T* dx, const T* dy, const T* __restrict__ y, const float* __restrict__ norm,
                                         int rows, int width, float epsilon) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    const float length = norm[row];
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto gradient = hold<V>(width, dy + at);
        const auto unit = hold<V>(width, y + at);
        const float dot = sum([](float d, float u) { return d * u; }, gradient, unit);
        const float along = length < epsilon ? 0.f : dot;
        const float scale = 1.f / fmaxf(length, epsilon);
        each([&](int column, const Pack<V>& grads, const Pack<V>& units) {
            store(dx + at + column, zip([=](float d, float u) { return (d - u * along) * scale; }, grads, units));
        }, gradient, unit);
    }, dx, dy, y);
}

}  // namespace attmask

// The 1 lets CUDA 12.0's compiler take the registers it needs; it spilled for the sake of two blocks.
#define L2_NORMALIZE(TYPE, T)                                                                                         \
    extern "C" __global__ __launch_bounds__(attmask::ROW_THREADS, 1) void l2_normalize_forward##TYPE(                 \
        T* y, float* __restrict__ norm, const T* x, int rows, int width, float epsilon) {                             \
        attmask::forward(y, norm, x, rows, width, epsilon);                                                           \
    }                                                                                                                 \
    extern "C" __global__ __launch_bounds__(attmask::ROW_THREADS) void l2_normalize_backward##TYPE(                   \
        T* dx, const T* dy, const T* __restrict__ y, const float* __restrict__ norm, int rows, int width,             \
        float epsilon) {                                                                                              \
        attmask::backward(dx, dy, y, norm, rows, width, epsilon);                                                     \
    }

L2_NORMALIZE(, float)
L2_NORMALIZE(_bf16, attmask::Bf16)
