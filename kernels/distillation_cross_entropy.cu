// Loss, teacher entropy and gradient of self-distillation in one launch, a block for a student row. Every logit is read
// twice and no probability is stored: first each row's largest logit and the logarithm of its sum of exponentials, in
// one reading; then, element by element, p of the teachers, q of the student, and all that follows from them.
#include "common.cuh"
#include "pack.cuh"

namespace attmask {

// log softmax(x)_k = (x_k - max) * sharpness - log_sum.
struct Row {
    float max, log_sum;
};

struct Teacher {
    Row row;
    int index;
};

// One reading: a thread's sum is rescaled when a larger logit turns up. center is subtracted from x if there is one.
template <int N, bool CENTRED>
__device__ __forceinline__ Row measure(
    const float* x, const float* center, int width, float sharpness, float* warps) {
    float most = -INFINITY;
    float sum = 0.f;
#pragma unroll 2
    for (int k = N * threadIdx.x; k < width; k += N * blockDim.x) {
        Pack<N> v = load<N>(x + k);
        if (CENTRED) {
            const Pack<N> c = load<N>(center + k);
            for (int i = 0; i < N; ++i) v.at[i] -= c.at[i];
        }
        float here = v.at[0];
        for (int i = 1; i < N; ++i) here = fmaxf(here, v.at[i]);
        if (here > most) {
            sum *= expf((most - here) * sharpness);
            most = here;
        }
        for (int i = 0; i < N; ++i) sum += expf((v.at[i] - most) * sharpness);
    }
    const float all = block_max(most, warps);
    return {all, logf(block_sum(sum * expf((most - all) * sharpness), warps))};
}

// dstudent may be student: no thread writes before all have read for the last time what others write.
template <int N>
__device__ __forceinline__ void cross_entropy(
    float* loss, float* entropy, float* dstudent, const float* student, const float* __restrict__ teacher,
    const int* __restrict__ pairs, const float* __restrict__ weights, const float* __restrict__ center, int width,
    int most, float teacher_sharpness, float student_sharpness) {
    extern __shared__ Teacher teachers[];  // most of them
    __shared__ float warps[WARP];
    const long long at = (long long)blockIdx.x * width;
    int count = 0;
    for (int j = 0; j < most; ++j) {
        const int index = pairs[(long long)blockIdx.x * most + j];
        if (index < 0) continue;
        const Row row =
            measure<N, true>(teacher + (long long)index * width, center, width, teacher_sharpness, warps);
        if (threadIdx.x == 0) teachers[count] = {row, index};
        ++count;
    }
    const Row own = measure<N, false>(student + at, nullptr, width, student_sharpness, warps);
    __syncthreads();

    const float weight = weights[blockIdx.x];
    const float scale = weight * student_sharpness;
    float cost = 0.f;
    float spread = 0.f;
    for (int k = N * threadIdx.x; k < width; k += N * blockDim.x) {
        Pack<N> s = load<N>(student + at + k);
        const Pack<N> c = load<N>(center + k);
        Pack<N> target = {};
        for (int j = 0; j < count; ++j) {
            const Teacher from = teachers[j];
            const Pack<N> t = load<N>(teacher + (long long)from.index * width + k);
            for (int i = 0; i < N; ++i) {
                const float log_p = (t.at[i] - c.at[i] - from.row.max) * teacher_sharpness - from.row.log_sum;
                const float p = expf(log_p);
                target.at[i] += p;
                spread -= p * log_p;
            }
        }
        for (int i = 0; i < N; ++i) {
            const float log_q = (s.at[i] - own.max) * student_sharpness - own.log_sum;
            cost -= target.at[i] * log_q;
            s.at[i] = scale * (count * expf(log_q) - target.at[i]);
        }
        store(dstudent + at + k, s);
    }
    cost = block_sum(cost, warps);
    spread = block_sum(spread, warps);
    if (threadIdx.x == 0) {
        loss[blockIdx.x] = weight * cost;
        entropy[blockIdx.x] = spread / max(1, count);
    }
}

}  // namespace attmask

extern "C" __global__ void __launch_bounds__(512, 2) distillation_cross_entropy(
    float* loss, float* entropy, float* dstudent, const float* student, const float* teacher, const int* pairs,
    const float* weights, const float* center, int width, int most, float teacher_sharpness, float student_sharpness) {
    attmask::cross_entropy<1>(
        loss, entropy, dstudent, student, teacher, pairs, weights, center, width, most, teacher_sharpness,
        student_sharpness);
}

extern "C" __global__ void __launch_bounds__(512, 2) distillation_cross_entropy_wide(
    float* loss, float* entropy, float* dstudent, const float* student, const float* teacher, const int* pairs,
    const float* weights, const float* center, int width, int most, float teacher_sharpness, float student_sharpness) {
    attmask::cross_entropy<4>(
        loss, entropy, dstudent, student, teacher, pairs, weights, center, width, most, teacher_sharpness,
        student_sharpness);
}
