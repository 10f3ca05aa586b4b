// AdamW for every parameter in one launch, a block for a chunk:
// m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p · shrink − rate · m / (√v · root + ε).
#include "chunk.cuh"

using namespace attmask;

// What one parameter's step has of its own; the host works it out in double precision.
struct alignas(16) Step {
    float shrink;  // 1 − lr · decay
    float rate;    // lr / (1 − β₁ᵗ)
    float root;    // 1 / √(1 − β₂ᵗ)
    int frozen;    // nothing of the parameter changes
};

extern "C" __global__ __launch_bounds__(256) void adam_w_step(
    float* __restrict__ parameters, float* __restrict__ first, float* __restrict__ second,
    const float* __restrict__ gradients, const Chunk* __restrict__ chunks, const Step* __restrict__ steps, float keep1,
    float take1, float keep2, float take2, float epsilon) {
    const Chunk chunk = chunks[blockIdx.x];
    const Step step = steps[chunk.segment];
    if (step.frozen) return;
    elements(chunk, [&](int i, auto vector) {
        constexpr int V = vector.value;
        const int64_t at = chunk.offset + i;
        const Pack<V> g = load<V>(gradients + at);
        const Pack<V> m = zip([=](float m, float g) { return keep1 * m + take1 * g; }, load<V>(first + at), g);
        const Pack<V> v = zip([=](float v, float g) { return keep2 * v + take2 * g * g; }, load<V>(second + at), g);
        const auto moved = [=](float p, float m, float v) {
            return p * step.shrink - step.rate * m / (sqrtf(v) * step.root + epsilon);
        };
        store(parameters + at, zip(moved, load<V>(parameters + at), m, v));
        store(first + at, m);
        store(second + at, v);
    }, parameters, first, second, gradients);
}
