// Clipping by each parameter's own norm, for all parameters in three launches: squares of chunks, norms of segments,
// scaling of chunks.
#include "chunk.cuh"
#include "common.cuh"
#include "pack.cuh"

// squares[c] <- the sum of squares of chunk c.
extern "C" __global__ void __launch_bounds__(256) clip_gradients_squares(
    float* __restrict__ squares, const float* __restrict__ gradients, const attmask::Chunk* __restrict__ chunks) {
    using namespace attmask;
    __shared__ float warps[WARP];
    const Chunk chunk = chunks[blockIdx.x];
    const float* g = gradients + chunk.offset;
    const int wide = aligned(g) ? chunk.count / 4 * 4 : 0;
    float sum = 0.f;
#pragma unroll 4
    for (int i = 4 * threadIdx.x; i < wide; i += 4 * blockDim.x) {
        const Pack<4> v = load<4>(g + i);
        for (int j = 0; j < 4; ++j) sum += v.at[j] * v.at[j];
    }
    for (int i = wide + threadIdx.x; i < chunk.count; i += blockDim.x) sum += g[i] * g[i];
    sum = block_sum(sum, warps);
    if (threadIdx.x == 0) squares[blockIdx.x] = sum;
}

// norms[s] <- the root of the squares of segment s, whose chunks are first[s] .. first[s + 1] - 1.
extern "C" __global__ void __launch_bounds__(256) clip_gradients_norms(
    float* __restrict__ norms, const float* __restrict__ squares, const int* __restrict__ first) {
    using namespace attmask;
    __shared__ float warps[WARP];
    const int end = first[blockIdx.x + 1];
    float sum = 0.f;
    for (int i = first[blockIdx.x] + threadIdx.x; i < end; i += blockDim.x) sum += squares[i];
    sum = block_sum(sum, warps);
    if (threadIdx.x == 0) norms[blockIdx.x] = sqrtf(sum);
}

// g <- g * max / (norm + epsilon) where that shortens g.
extern "C" __global__ void __launch_bounds__(256) clip_gradients_scale(
    float* __restrict__ gradients, const float* __restrict__ norms, const attmask::Chunk* __restrict__ chunks, float max,
    float epsilon) {
    using namespace attmask;
    const Chunk chunk = chunks[blockIdx.x];
    const float factor = max / (norms[chunk.segment] + epsilon);
    // Not (factor < 1): a NaN norm must reach the gradients.
    if (factor >= 1.f) return;
    float* g = gradients + chunk.offset;
    const int wide = aligned(g) ? chunk.count / 4 * 4 : 0;
    for (int i = 4 * threadIdx.x; i < wide; i += 4 * blockDim.x) {
        Pack<4> v = load<4>(g + i);
        for (int j = 0; j < 4; ++j) v.at[j] *= factor;
        store(g + i, v);
    }
    for (int i = wide + threadIdx.x; i < chunk.count; i += blockDim.x) g[i] *= factor;
}
