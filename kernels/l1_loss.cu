// Row losses scale · Σ |x − target| and the gradient scale · sign(x − target), 0 where they are equal, in one pass.
// x, target (rows, width); loss (rows). dx may be x.
#include "row_threads.cuh"

namespace attmask {

template <typename T>
__device__ __forceinline__ void forward_backward(
    float* __restrict__ loss, T* dx, const T* x, const T* __restrict__ target, int rows, int width, float scale) {
    const int row = my_row();
    if (row >= rows) return;
    const int64_t at = int64_t(row) * width;
    float sum = 0.f;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(width, [&](int column) {
            const Pack<V> difference = zip([](float a, float b) { return a - b; }, load<V>(x + at + column),
                                           load<V>(target + at + column));
            for (float d : difference.at) sum += fabsf(d);
            store(dx + at + column,
                  zip([=](float d) { return d > 0.f ? scale : d < 0.f ? -scale : 0.f; }, difference));
        });
    }, dx, x, target);
    sum = row_sum(sum);
    if (threadIdx.x == 0) loss[row] = scale * sum;
}

}  // namespace attmask

#define L1_LOSS(TYPE, T)                                                                                              \
    extern "C" __global__ __launch_bounds__(attmask::ROW_THREADS) void l1_loss_forward_backward##TYPE(                \
        float* __restrict__ loss, T* dx, const T* x, const T* __restrict__ target, int rows, int width,               \
        float scale) {                                                                                                \
        attmask::forward_backward(loss, dx, x, target, rows, width, scale);                                           \
    }

L1_LOSS(, float)
L1_LOSS(_bf16, attmask::Bf16)
