// w = g v / ‖v‖, row by row. v and w (rows, width), g and norm (rows).
#include "row_threads.cuh"

using namespace attmask;

template <typename T>
__device__ __forceinline__ void forward(T* __restrict__ w, float* __restrict__ norm, const float* __restrict__ v,
                                        const float* __restrict__ g, int rows, int width) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto in = hold<V>(width, v + at);
        const float length = sqrtf(sum([](float a) { return a * a; }, in));
        const float scale = g[row] / length;
        each([&](int column, const Pack<V>& values) {
            store(w + at + column, zip([=](float a) { return a * scale; }, values));
        }, in);
        if (threadIdx.x == 0) norm[row] = length;
    }, w, v);
}

#define FORWARD(TYPE, T)                                                                                              \
    extern "C" __global__ __launch_bounds__(ROW_THREADS) void weight_norm_forward##TYPE(                              \
        T* __restrict__ w, float* __restrict__ norm, const float* __restrict__ v, const float* __restrict__ g,        \
        int rows, int width) {                                                                                        \
        forward(w, norm, v, g, rows, width);                                                                          \
    }

FORWARD(, float)
FORWARD(_bf16, Bf16)

// With s = Σ dw v/‖v‖: dg ← dg + s unless dg is null, and dv ← dv + g/‖v‖ (dw − s v/‖v‖).
extern "C" __global__ __launch_bounds__(ROW_THREADS) void weight_norm_backward(
    float* __restrict__ dv, float* __restrict__ dg, const float* __restrict__ dw, const float* __restrict__ v,
    const float* __restrict__ g, const float* __restrict__ norm, int rows, int width) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    const float length = norm[row];
    const float scale = g[row] / length;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto in = hold<V>(width, v + at);
        const auto gradient = hold<V>(width, dw + at);
        const float s = sum([](float a, float d) { return a * d; }, in, gradient) / length;
        const float along = s / length;
        each([&](int column, const Pack<V>& values, const Pack<V>& grads) {
            Pack<V> out = load<V>(dv + at + column);
            out += zip([=](float a, float d) { return scale * (d - along * a); }, values, grads);
            store(dv + at + column, out);
        }, in, gradient);
        if (threadIdx.x == 0 && dg != nullptr) dg[row] += s;
    }, dv, dw, v);
}
