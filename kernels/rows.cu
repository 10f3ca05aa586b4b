// Rows picked by index and put back. packed (rows, width), all (any, width), index (rows).
#include "row_threads.cuh"

using namespace attmask;

__device__ __forceinline__ void copy_row(float* __restrict__ to, const float* __restrict__ from, int width) {
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(width, [&](int column) { store(to + column, load<V>(from + column)); });
    }, to, from);
}

// packed[i] ← all[index[i]]
extern "C" __global__ void rows_gather(float* __restrict__ packed, const float* __restrict__ all,
                                       const int* __restrict__ index, int rows, int width) {
    const int row = my_row();
    if (row < rows) copy_row(packed + int64_t(row) * width, all + int64_t(index[row]) * width, width);
}

// all[index[i]] ← packed[i]
extern "C" __global__ void rows_scatter(float* __restrict__ all, const float* __restrict__ packed,
                                        const int* __restrict__ index, int rows, int width) {
    const int row = my_row();
    if (row < rows) copy_row(all + int64_t(index[row]) * width, packed + int64_t(row) * width, width);
}
