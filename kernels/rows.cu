// Rows picked by index and put back. packed (rows, width), all (any, width), index (rows).
#include "row_threads.cuh"

namespace attmask {

// COUNT numbers as they are.
template <typename T, int COUNT>
struct alignas(sizeof(T) * COUNT) Bits {
    T at[COUNT];
};

template <typename T>
__device__ __forceinline__ void copy_row(T* __restrict__ to, const T* __restrict__ from, int width) {
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(width, [&](int column) {
            *reinterpret_cast<Bits<T, V>*>(to + column) = *reinterpret_cast<const Bits<T, V>*>(from + column);
        });
    }, to, from);
}

}  // namespace attmask

// gather: packed[i] ← all[index[i]]; scatter: all[index[i]] ← packed[i].
#define ROWS(TYPE, T)                                                                                                 \
    extern "C" __global__ void rows_gather##TYPE(                                                                     \
        T* __restrict__ packed, const T* __restrict__ all, const int* __restrict__ index, int rows, int width) {      \
        const int row = attmask::my_row();                                                                            \
        if (row < rows) attmask::copy_row(packed + int64_t(row) * width, all + int64_t(index[row]) * width, width);   \
    }                                                                                                                 \
    extern "C" __global__ void rows_scatter##TYPE(                                                                    \
        T* __restrict__ all, const T* __restrict__ packed, const int* __restrict__ index, int rows, int width) {      \
        const int row = attmask::my_row();                                                                            \
        if (row < rows) attmask::copy_row(all + int64_t(index[row]) * width, packed + int64_t(row) * width, width);   \
    }

ROWS(, float)
ROWS(_bf16, uint16_t)
