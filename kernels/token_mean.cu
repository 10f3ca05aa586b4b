// Sums over images and tokens, for a mean. x (B·T, D).
#include "column_sums.cuh"

namespace attmask {

// partial (blocks, D): sums over the tokens from `first` on; rows = B·(T − first), those that count.
template <typename T>
__device__ __forceinline__ void sums_of_rows(float* __restrict__ partial, const T* __restrict__ x, int rows, int tokens,
                                             int first, int width, int block_rows) {
    const int kept = tokens - first;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        partial_sums<V, 1>(partial, rows, width, block_rows, [&](Pack<V>(&sums)[1], int row, int column) {
            const int64_t source = int64_t(row / kept) * tokens + first + row % kept;
            sums[0] += load<V>(x + source * width + column);
        });
    }, partial, x);
}

}  // namespace attmask

#define TOKEN_MEAN(TYPE, T)                                                                                           \
    extern "C" __global__ void token_mean_partial##TYPE(float* __restrict__ partial, const T* __restrict__ x,         \
        int rows, int tokens, int first, int width, int block_rows) {                                                 \
        attmask::sums_of_rows(partial, x, rows, tokens, first, width, block_rows);                                    \
    }

TOKEN_MEAN(, float)
TOKEN_MEAN(_bf16, attmask::Bf16)
