// Clipping by each parameter's own norm, for all parameters in three launches: squares of chunks, norms of segments,
// scaling of chunks.
#include "chunk.cuh"

using namespace attmask;

// squares[c] ← the sum of squares of chunk c.
extern "C" __global__ __launch_bounds__(256) void clip_gradients_squares(
    float* __restrict__ squares, const float* __restrict__ gradients, const Chunk* __restrict__ chunks) {
    __shared__ float warps[WARP];
    const Chunk chunk = chunks[blockIdx.x];
    float sum = 0.f;
    elements(chunk, [&](int i, auto vector) {
        constexpr int V = vector.value;
        const Pack<V> g = load<V>(gradients + chunk.offset + i);
#pragma unroll
        for (int k = 0; k < V; ++k) sum += g.at[k] * g.at[k];
    }, gradients);
    sum = block_sum(sum, warps);
    if (threadIdx.x == 0) squares[blockIdx.x] = sum;
}

// norms[s] ← the root of the squares of segment s, whose chunks are first[s] .. first[s + 1] − 1.
extern "C" __global__ __launch_bounds__(256) void clip_gradients_norms(
    float* __restrict__ norms, const float* __restrict__ squares, const int* __restrict__ first) {
    __shared__ float warps[WARP];
    const int end = first[blockIdx.x + 1];
    float sum = 0.f;
    for (int i = first[blockIdx.x] + threadIdx.x; i < end; i += blockDim.x) sum += squares[i];
    sum = block_sum(sum, warps);
    if (threadIdx.x == 0) norms[blockIdx.x] = sqrtf(sum);
}

// g ← g · max / (norm + ε) where that shortens g.
extern "C" __global__ __launch_bounds__(256) void clip_gradients_scale(
    float* __restrict__ gradients, const float* __restrict__ norms, const Chunk* __restrict__ chunks, float max,
    float epsilon) {
    const Chunk chunk = chunks[blockIdx.x];
    const float factor = max / (norms[chunk.segment] + epsilon);
    // Not (factor < 1): a NaN norm must reach the gradients.
    if (factor >= 1.f) return;
    elements(chunk, [&](int i, auto vector) {
        constexpr int V = vector.value;
        float* g = gradients + chunk.offset + i;
        store(g, zip([=](float v) { return v * factor; }, load<V>(g)));
    }, gradients);
}
