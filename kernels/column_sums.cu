// The second pass of sums over rows: see column_sums.cuh.
#include "column_sums.cuh"

using namespace attmask;

// The partial sums have rows of `columns` columns: the sums of `first`, `width` columns wide, then those of `second`,
// which may be null. first ← [first +] sums / divisor, and second likewise.
extern "C" __global__ void column_sums_finish(float* __restrict__ first, float* __restrict__ second,
                                              const float* __restrict__ partial, int rows, int width, int columns,
                                              int accumulate, float divisor) {
    const int column = blockIdx.x * WARP + threadIdx.x;
    Pack<1> sum = {};
    if (column < columns) {
#pragma unroll 4
        for (int row = threadIdx.y; row < rows; row += SUMMANDS) sum.at[0] += partial[int64_t(row) * columns + column];
    }
    sum = sum_down(sum);
    if (threadIdx.y == 0 && column < columns) {
        float* to = column < width ? first + column : second + (column - width);
        *to = (accumulate ? *to : 0.f) + sum.at[0] / divisor;
    }
}
