// AdamW for every parameter in one launch, a block for a chunk:
// m <- b1*m + (1-b1)*g; v <- b2*v + (1-b2)*g^2; p <- p * shrink - rate * m / (sqrt(v) * root + epsilon).
#include "chunk.cuh"
#include "pack.cuh"

namespace attmask {

// What one parameter's step has of its own; the host works it out in double precision.
struct alignas(16) Step {
    float shrink;  // 1 - lr * decay
    float rate;    // lr / (1 - b1^t)
    float root;    // 1 / sqrt(1 - b2^t)
    int frozen;    // nothing of the parameter changes
};

struct Betas {
    float keep1, take1, keep2, take2, epsilon;
};

__device__ __forceinline__ void move(float& p, float& m, float& v, float g, const Step& step, const Betas& betas) {
    m = betas.keep1 * m + betas.take1 * g;
    v = betas.keep2 * v + betas.take2 * g * g;
    p = p * step.shrink - step.rate * m / (sqrtf(v) * step.root + betas.epsilon);
}

}  // namespace attmask

extern "C" __global__ void __launch_bounds__(256) adam_w_step(
    float* __restrict__ parameters, float* __restrict__ first, float* __restrict__ second,
    const float* __restrict__ gradients, const attmask::Chunk* __restrict__ chunks,
    const attmask::Step* __restrict__ steps, float keep1, float take1, float keep2, float take2, float epsilon) {
    using namespace attmask;
    const Chunk chunk = chunks[blockIdx.x];
    const Step step = steps[chunk.segment];
    if (step.frozen) return;
    const Betas betas = {keep1, take1, keep2, take2, epsilon};
    float* p = parameters + chunk.offset;
    float* m = first + chunk.offset;
    float* v = second + chunk.offset;
    const float* g = gradients + chunk.offset;
    const int wide = aligned(p) && aligned(m) && aligned(v) && aligned(g) ? chunk.count / 4 * 4 : 0;
    for (int i = 4 * threadIdx.x; i < wide; i += 4 * blockDim.x) {
        Pack<4> p4 = load<4>(p + i);
        Pack<4> m4 = load<4>(m + i);
        Pack<4> v4 = load<4>(v + i);
        const Pack<4> g4 = load<4>(g + i);
        for (int j = 0; j < 4; ++j) move(p4.at[j], m4.at[j], v4.at[j], g4.at[j], step, betas);
        store(p + i, p4);
        store(m + i, m4);
        store(v + i, v4);
    }
    for (int i = wide + threadIdx.x; i < chunk.count; i += blockDim.x) move(p[i], m[i], v[i], g[i], step, betas);
}
