// Loss, teacher entropy and gradient of self-distillation in one launch, a block for a student row. Every logit is read
// twice and no probability is stored: first each row's largest logit and the logarithm of its sum of exponentials, in
// one reading; then, element by element, p of the teachers, q of the student, and all that follows from them.
#include "vectors.cuh"

using namespace attmask;

// log softmax(x)_k = (x_k − max) · sharpness − log_sum, where sharpness is 1 / temperature.
struct LogSoftmax {
    float max, log_sum;
};

struct Teacher {
    LogSoftmax row;
    int index;
};

// One reading; at(k) gives V logits from k on. A thread rescales its sum when a larger logit turns up.
template <int V, typename At>
__device__ __forceinline__ LogSoftmax measure(int width, float sharpness, float* warps, At at) {
    float most = -INFINITY;
    float sum = 0.f;
#pragma unroll 2
    for (int k = V * threadIdx.x; k < width; k += V * blockDim.x) {
        const Pack<V> x = at(k);
        float here = x.at[0];
#pragma unroll
        for (int i = 1; i < V; ++i) here = fmaxf(here, x.at[i]);
        if (here > most) {
            sum *= expf((most - here) * sharpness);
            most = here;
        }
#pragma unroll
        for (int i = 0; i < V; ++i) sum += expf((x.at[i] - most) * sharpness);
    }
    const float all = block_max(most, warps);
    return {all, logf(block_sum(sum * expf((most - all) * sharpness), warps))};
}

// student, dstudent (rows, width); pairs (rows, most) of rows of teacher, −1 for none. dstudent may be student: when a
// thread writes, all have read for the last time what others write.
extern "C" __global__ __launch_bounds__(512, 2) void distillation_cross_entropy_forward_backward(
    float* __restrict__ loss, float* __restrict__ entropy, float* dstudent, const float* student,
    const float* __restrict__ teacher, const int* __restrict__ pairs, const float* __restrict__ weights,
    const float* __restrict__ center, int width, int most, float teacher_sharpness, float student_sharpness) {
    extern __shared__ Teacher teachers[];  // most of them
    __shared__ float warps[WARP];
    const int row = blockIdx.x;
    const float* s = student + int64_t(row) * width;
    float* ds = dstudent + int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        int count = 0;
        for (int j = 0; j < most; ++j) {
            const int index = pairs[int64_t(row) * most + j];
            if (index < 0) continue;
            const float* t = teacher + int64_t(index) * width;
            const LogSoftmax measured = measure<V>(width, teacher_sharpness, warps, [&](int k) {
                return zip([](float t, float c) { return t - c; }, load<V>(t + k), load<V>(center + k));
            });
            if (threadIdx.x == 0) teachers[count] = {measured, index};
            ++count;
        }
        const LogSoftmax own = measure<V>(width, student_sharpness, warps, [&](int k) { return load<V>(s + k); });
        __syncthreads();

        const float weight = weights[row];
        float cost = 0.f;
        float spread = 0.f;
        for (int k = V * threadIdx.x; k < width; k += V * blockDim.x) {
            Pack<V> logits = load<V>(s + k);
            const Pack<V> c = load<V>(center + k);
            Pack<V> target = {};
            for (int j = 0; j < count; ++j) {
                const Teacher from = teachers[j];
                const Pack<V> t = load<V>(teacher + int64_t(from.index) * width + k);
#pragma unroll
                for (int i = 0; i < V; ++i) {
                    const float log_p = (t.at[i] - c.at[i] - from.row.max) * teacher_sharpness - from.row.log_sum;
                    const float p = expf(log_p);
                    target.at[i] += p;
                    spread -= p * log_p;
                }
            }
#pragma unroll
            for (int i = 0; i < V; ++i) {
                const float log_q = (logits.at[i] - own.max) * student_sharpness - own.log_sum;
                cost -= target.at[i] * log_q;
                logits.at[i] = weight * student_sharpness * (count * expf(log_q) - target.at[i]);
            }
            store(ds + k, logits);
        }
        cost = block_sum(cost, warps);
        spread = block_sum(spread, warps);
        if (threadIdx.x == 0) {
            loss[row] = weight * cost;
            entropy[row] = spread / max(1, count);
        }
    }, student, dstudent, teacher, center);
}
