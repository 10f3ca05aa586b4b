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
        const auto centred = hold<V>(width, [&](int column) {
            Pack<V> values = load<V>(x + at + column);
            if (center != nullptr) values -= load<V>(center + column);
            return values;
        });
        float most = -INFINITY;
        each([&](int, const Pack<V>& values) {
            for (float v : values.at) most = fmaxf(most, v);
        }, centred);
        most = row_max(most);
        // The largest is subtracted before the temperature divides: its exponent is exactly 0.
        const auto exponential = [=](float v) { return expf((v - most) * inverse_temperature); };
        const float scale = 1.f / sum(exponential, centred);
        each([&](int column, const Pack<V>& values) {
            store(y + at + column, zip([=](float v) { return exponential(v) * scale; }, values));
        }, centred);
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
        const auto gradient = hold<V>(width, dy + at);
        const auto probability = hold<V>(width, y + at);
        const float dot = sum([](float d, float p) { return d * p; }, gradient, probability);
        each([&](int column, const Pack<V>& grads, const Pack<V>& values) {
            store(dx + at + column, zip([=](float d, float p) { return p * (d - dot) * inverse_temperature; }, grads,
                                        values));
        }, gradient, probability);
    }, dx, dy, y);
}
