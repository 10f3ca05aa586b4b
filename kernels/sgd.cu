// Momentum descent for every segment in one launch, a block for a chunk: v ← momentum · v + g; p ← p − rate · v.
#include "chunk.cuh"

using namespace attmask;

extern "C" __global__ __launch_bounds__(256) void sgd_step(
    float* __restrict__ parameters, float* __restrict__ velocity, const float* __restrict__ gradients,
    const Chunk* __restrict__ chunks, const float* __restrict__ rates, float momentum) {
    const Chunk chunk = chunks[blockIdx.x];
    const float rate = rates[chunk.segment];
    elements(chunk, [&](int i, auto vector) {
        constexpr int V = vector.value;
        const int64_t at = chunk.offset + i;
        const Pack<V> v = zip([=](float v, float g) { return momentum * v + g; }, load<V>(velocity + at),
                              load<V>(gradients + at));
        store(parameters + at, zip([=](float p, float v) { return p - rate * v; }, load<V>(parameters + at), v));
        store(velocity + at, v);
    }, parameters, velocity, gradients);
}
