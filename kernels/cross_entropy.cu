// loss[row] ← weight · −Σ t log softmax(z), dlogits ← weight · (Σt softmax(z) − t). logits, dlogits (rows, width); loss
// (rows); a row of targets (·, width) serves `shared` neighbouring rows. With e = exp(z − largest) and S = Σ e,
// log softmax = z − largest − log S, and nothing overflows.
#include "row_threads.cuh"

using namespace attmask;

template <typename T>
__device__ __forceinline__ void forward_backward(float* loss, T* dlogits, const float* logits, const float* targets,
                                                 int rows, int width, int shared, float weight) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    const float* target = targets + int64_t(row / shared) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        const auto z = hold<V>(width, logits + at);
        const auto t = hold<V>(width, target);
        float most = -INFINITY;
        each([&](int, const Pack<V>& values) {
            for (float v : values.at) most = fmaxf(most, v);
        }, z);
        most = row_max(most);
        const float exponentials = sum([=](float v) { return expf(v - most); }, z);
        const float total = sum([](float p) { return p; }, t);
        const float dot = sum([=](float v, float p) { return p * (v - most); }, z, t);
        if (threadIdx.x == 0) loss[row] = weight * (total * logf(exponentials) - dot);
        const float share = total / exponentials;
        each([&](int column, const Pack<V>& values, const Pack<V>& probabilities) {
            const auto gradient = [=](float v, float p) { return weight * (share * expf(v - most) - p); };
            store(dlogits + at + column, zip(gradient, values, probabilities));
        }, z, t);
    }, logits, targets, dlogits);
}

#define CROSS_ENTROPY(TYPE, T)                                                                                        \
    extern "C" __global__ __launch_bounds__(ROW_THREADS) void cross_entropy_forward_backward##TYPE(                   \
        float* __restrict__ loss, T* __restrict__ dlogits, const float* __restrict__ logits,                          \
        const float* __restrict__ targets, int rows, int width, int shared, float weight) {                           \
        forward_backward(loss, dlogits, logits, targets, rows, width, shared, weight);                                \
    }

CROSS_ENTROPY(, float)
CROSS_ENTROPY(_bf16, Bf16)
