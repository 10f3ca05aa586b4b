// y = softmax((x − center) / temperature), row by row. x (rows, width), center (width) or null.
#include "row_threads.cuh"

using namespace attmask;

extern "C" __global__ __launch_bounds__(ROW_THREADS) void softmax_forward(
    float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ center, int rows, int width,
    float inverse_temperature) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const Row<V> in(x + at, width);
        const auto centred = [&](int column, const Pack<V>& values) {
            if (center == nullptr) return values;
            return zip([](float v, float c) { return v - c; }, values, load<V>(center + column));
        };
        float most = -INFINITY;
        each([&](int column, const Pack<V>& values) {
            const Pack<V> shifted = centred(column, values);
#pragma unroll
            for (int k = 0; k < V; ++k) most = fmaxf(most, shifted.at[k]);
        }, in);
        most = row_max(most);
        // The largest is subtracted before the temperature divides: its exponent is exactly 0.
        const auto exponential = [=](float v) { return expf((v - most) * inverse_temperature); };
        float total = 0.f;
        each([&](int column, const Pack<V>& values) {
            const Pack<V> terms = zip(exponential, centred(column, values));
#pragma unroll
            for (int k = 0; k < V; ++k) total += terms.at[k];
        }, in);
        const float scale = 1.f / row_sum(total);
        each([&](int column, const Pack<V>& values) {
            store(y + at + column, zip([=](float v) { return exponential(v) * scale; }, centred(column, values)));
        }, in);
    }, y, x, center);
}

// dx ← y (dy − Σ y dy) / temperature. dx may be dy.
extern "C" __global__ __launch_bounds__(ROW_THREADS) void softmax_backward(
    float* dx, const float* dy, const float* __restrict__ y, int rows, int width, float inverse_temperature) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const Row<V> gradient(dy + at, width);
        const Row<V> probability(y + at, width);
        const float dot = sum([](float d, float p) { return d * p; }, gradient, probability);
        each([&](int column, const Pack<V>& grads, const Pack<V>& values) {
            store(dx + at + column, zip([=](float d, float p) { return p * (d - dot) * inverse_temperature; }, grads,
                                        values));
        }, gradient, probability);
    }, dx, dy, y);
}
