// Loss, teacher entropy and gradient of self-distillation in one launch over both logits, a block for a student row. No
// probability is stored in memory: rows that fit into the block's registers are read once (held), longer ones twice
// (streamed). In both z is a logit less the row's largest, divided by the temperature: with S = Σ exp(z),
// log softmax = z − log S, nothing overflows, and no sum below cancels.
//
// student, dstudent (rows, width); teacher (any, width); pairs (rows, most) of teacher rows, −1 for none; center (width);
// loss, entropy, weights (rows). dstudent may be student: when a thread writes, all have read for the last time what
// others write. student and dstudent may be bfloat16; the teacher's low temperature wants its logits in float32.
#include "row_threads.cuh"

using namespace attmask;

// What a block works on: its own row of student, dstudent and pairs, the others whole.
template <typename T>
struct Work {
    int width, most;
    float teacher_sharpness, student_sharpness;  // 1 / temperature
    float scale;                                 // of the gradient: the row's weight / student temperature
    T* dstudent;
    const T* student;
    const float* teacher;
    const int* pairs;
    const float* center;
};

// A row's results, before its weight.
struct Costs {
    float loss, entropy;
};

// Packs of a row that a thread holds.
constexpr int HELD = 8;

// Calls f(number of the pack, column) for the packs of this thread.
template <int V, typename F>
__device__ __forceinline__ void held_packs(int width, F f) {
#pragma unroll
    for (int i = 0; i < HELD; ++i) {
        const int column = (threadIdx.x + i * blockDim.x) * V;
        if (column < width) f(i, column);
    }
}

// With z = (x − largest) · sharpness: row ← exp(z); hands each z to f(pack, its place in the pack, z) and gives S.
template <int V, typename F>
__device__ __forceinline__ float exponentials(Pack<V>* row, int width, float sharpness, F f) {
    float most = -INFINITY;
    held_packs<V>(width, [&](int i, int) {
#pragma unroll
        for (int k = 0; k < V; ++k) most = fmaxf(most, row[i].at[k]);
    });
    most = row_max(most);
    float sum = 0.f;
    held_packs<V>(width, [&](int i, int) {
#pragma unroll
        for (int k = 0; k < V; ++k) {
            const float z = (row[i].at[k] - most) * sharpness;
            row[i].at[k] = expf(z);
            sum += row[i].at[k];
            f(i, k, z);
        }
    });
    return row_sum(sum);
}

template <int V, typename T>
__device__ __forceinline__ Costs held(const Work<T>& work) {
    const int width = work.width;
    Pack<V> row[HELD];
    Pack<V> target[HELD] = {};  // Σ p over the teacher rows
    float entropy = 0.f;
    int count = 0;
    for (int j = 0; j < work.most; ++j) {
        const int index = work.pairs[j];
        if (index < 0) continue;
        const float* t = work.teacher + int64_t(index) * width;
        held_packs<V>(width, [&](int i, int column) { row[i] = load<V>(t + column); });
        held_packs<V>(width, [&](int i, int column) {
            row[i] = zip([](float t, float c) { return t - c; }, row[i], load<V>(work.center + column));
        });
        float dot = 0.f;
        const float sum = exponentials(row, width, work.teacher_sharpness,
                                       [&](int i, int k, float z) { dot += row[i].at[k] * z; });
        entropy += logf(sum) - row_sum(dot) / sum;
        const float share = 1.f / sum;
        held_packs<V>(width, [&](int i, int) { target[i] += zip([=](float e) { return e * share; }, row[i]); });
        ++count;
    }

    held_packs<V>(width, [&](int i, int column) { row[i] = load<V>(work.student + column); });
    float dot = 0.f;
    const float sum = exponentials(row, width, work.student_sharpness,
                                   [&](int i, int k, float z) { dot += target[i].at[k] * z; });
    const float loss = count * logf(sum) - row_sum(dot);
    const float share = count / sum;
    held_packs<V>(width, [&](int i, int column) {
        const auto gradient = [=](float e, float p) { return work.scale * (share * e - p); };
        store(work.dstudent + column, zip(gradient, row[i], target[i]));
    });
    return {loss, entropy / max(1, count)};
}

// Largest logit of a row, and log S.
struct Measure {
    float most, log_sum;

    __device__ __forceinline__ float log_softmax(float x, float sharpness) const {
        return (x - most) * sharpness - log_sum;
    }
};

struct Teacher {
    Measure measure;
    int index;
};

// In one reading; at(column) gives V logits. A thread rescales its sum when a larger logit turns up.
template <int V, typename At>
__device__ __forceinline__ Measure measure(int width, float sharpness, At at) {
    float most = -INFINITY;
    float sum = 0.f;
    columns<V>(width, [&](int column) {
        const Pack<V> x = at(column);
        float here = x.at[0];
#pragma unroll
        for (int k = 1; k < V; ++k) here = fmaxf(here, x.at[k]);
        if (here > most) {
            sum *= expf((most - here) * sharpness);
            most = here;
        }
#pragma unroll
        for (int k = 0; k < V; ++k) sum += expf((x.at[k] - most) * sharpness);
    });
    const float all = row_max(most);
    return {all, logf(row_sum(sum * expf((most - all) * sharpness)))};
}

// teachers: shared memory for `most` of them.
template <int V, typename T>
__device__ __forceinline__ Costs streamed(const Work<T>& work, Teacher* teachers) {
    const int width = work.width;
    const auto centred = [&](int index, int column) {
        return zip([](float t, float c) { return t - c; }, load<V>(work.teacher + int64_t(index) * width + column),
                   load<V>(work.center + column));
    };
    int count = 0;
    for (int j = 0; j < work.most; ++j) {
        const int index = work.pairs[j];
        if (index < 0) continue;
        const auto at = [&](int column) { return centred(index, column); };
        const Measure measured = measure<V>(width, work.teacher_sharpness, at);
        if (threadIdx.x == 0) teachers[count] = {measured, index};
        ++count;
    }
    const Measure own =
        measure<V>(width, work.student_sharpness, [&](int column) { return load<V>(work.student + column); });
    __syncthreads();

    float loss = 0.f;
    float entropy = 0.f;
    columns<V>(width, [&](int column) {
        Pack<V> target = {};
        for (int j = 0; j < count; ++j) {
            const Teacher teacher = teachers[j];
            const Pack<V> t = centred(teacher.index, column);
#pragma unroll
            for (int k = 0; k < V; ++k) {
                const float log_p = teacher.measure.log_softmax(t.at[k], work.teacher_sharpness);
                const float p = expf(log_p);
                target.at[k] += p;
                entropy -= p * log_p;
            }
        }
        Pack<V> row = load<V>(work.student + column);
#pragma unroll
        for (int k = 0; k < V; ++k) {
            const float log_q = own.log_softmax(row.at[k], work.student_sharpness);
            loss -= target.at[k] * log_q;
            row.at[k] = work.scale * (count * expf(log_q) - target.at[k]);
        }
        store(work.dstudent + column, row);
    });
    return {row_sum(loss), row_sum(entropy) / max(1, count)};
}

// A kernel around one of the two; `body` gives the Costs of a Work.
template <typename T, typename Body>
__device__ __forceinline__ void cross_entropy(float* loss, float* entropy, T* dstudent, const T* student,
                                              const float* teacher, const int* pairs, const float* weights,
                                              const float* center, int width, int most, float teacher_sharpness,
                                              float student_sharpness, Body body) {
    const int row = blockIdx.x;
    const int64_t at = int64_t(row) * width;
    const float weight = weights[row];
    const Work<T> work = {width, most, teacher_sharpness, student_sharpness, weight * student_sharpness,
                          dstudent + at, student + at, teacher, pairs + int64_t(row) * most, center};
    vectorised(width, [&](auto vector) {
        const Costs costs = body(vector, work);
        if (threadIdx.x == 0) {
            loss[row] = weight * costs.loss;
            entropy[row] = costs.entropy;
        }
    }, student, dstudent, teacher, center);
}

// held: rows of at most HELD packs for each thread; streamed: rows of any length.
#define CROSS_ENTROPY(TYPE, T)                                                                                        \
    extern "C" __global__ __launch_bounds__(256, 2) void distillation_cross_entropy_held##TYPE(                       \
        float* __restrict__ loss, float* __restrict__ entropy, T* dstudent, const T* student,                         \
        const float* __restrict__ teacher, const int* __restrict__ pairs, const float* __restrict__ weights,          \
        const float* __restrict__ center, int width, int most, float teacher_sharpness, float student_sharpness) {    \
        cross_entropy(loss, entropy, dstudent, student, teacher, pairs, weights, center, width, most,                 \
                      teacher_sharpness, student_sharpness,                                                           \
                      [](auto vector, const Work<T>& work) { return held<vector.value>(work); });                     \
    }                                                                                                                 \
    extern "C" __global__ __launch_bounds__(512, 2) void distillation_cross_entropy_streamed##TYPE(                   \
        float* __restrict__ loss, float* __restrict__ entropy, T* dstudent, const T* student,                         \
        const float* __restrict__ teacher, const int* __restrict__ pairs, const float* __restrict__ weights,          \
        const float* __restrict__ center, int width, int most, float teacher_sharpness, float student_sharpness) {    \
        extern __shared__ Teacher teachers[];                                                                         \
        cross_entropy(loss, entropy, dstudent, student, teacher, pairs, weights, center, width, most,                 \
                      teacher_sharpness, student_sharpness,                                                           \
                      [](auto vector, const Work<T>& work) { return streamed<vector.value>(work, teachers); });       \
    }

CROSS_ENTROPY(, float)
CROSS_ENTROPY(_bf16, Bf16)
