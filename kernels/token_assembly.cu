// [CLS] and patches, masked ones replaced, plus positions. patches (B·(T−1), D), cls and mask_token (D), mask (B, T−1)
// bytes, positions (T, D), tokens (B·T, D); rows = B·T. mask_token and mask are null when nothing is masked.
#include "column_sums.cuh"
#include "row_threads.cuh"

namespace attmask {

template <typename T>
__device__ __forceinline__ void forward(T* __restrict__ tokens, const T* __restrict__ patches,
                                        const float* __restrict__ cls, const float* __restrict__ mask_token,
                                        const uint8_t* __restrict__ mask, const float* __restrict__ positions, int rows,
                                        int per_image, int width) {
    const int row = my_row();
    if (row >= rows) return;
    const int token = row % per_image;
    const int64_t patch = int64_t(row / per_image) * (per_image - 1) + token - 1;
    // What takes a patch's place, if anything does.
    const float* instead = nullptr;
    if (token == 0) {
        instead = cls;
    } else if (mask != nullptr && mask[patch]) {
        instead = mask_token;
    }
    const T* source = patches + patch * width;
    T* out = tokens + int64_t(row) * width;
    const float* position = positions + int64_t(token) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(width, [&](int column) {
            Pack<V> value = instead != nullptr ? load<V>(instead + column) : load<V>(source + column);
            value += load<V>(position + column);
            store(out + column, value);
        });
    }, out, source, instead, position);
}

// dpatches ← dtokens where not masked, else 0. dpositions and dcls accumulate sums over the images; the sum of each
// masked place over the images goes to partial (T−1, D), whose column sums are dmask_token's. A thread owns columns of
// dtokens seen as (B, T·D).
template <typename T>
__device__ __forceinline__ void backward(T* __restrict__ dpatches, float* __restrict__ dcls,
                                         float* __restrict__ dpositions, float* __restrict__ partial,
                                         const T* __restrict__ dtokens, const uint8_t* __restrict__ mask, int images,
                                         int per_image, int width) {
    const int row_width = per_image * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        block_columns<V>([&](int at) {
            const int token = at / width;
            const int column = at % width;
            Pack<V> sum = {};
            Pack<V> hidden = {};
            for (int image = threadIdx.y; image < images && at < row_width; image += SUMMANDS) {
                Pack<V> grads = load<V>(dtokens + int64_t(image) * row_width + at);
                sum += grads;
                if (token == 0) continue;
                const int64_t patch = int64_t(image) * (per_image - 1) + token - 1;
                if (mask != nullptr && mask[patch]) {
                    hidden += grads;
                    grads = {};
                }
                store(dpatches + patch * width + column, grads);
            }
            sum = sum_down(sum);
            hidden = sum_down(hidden);
            if (threadIdx.y > 0 || at >= row_width) return;
            if (mask != nullptr && token > 0) store(partial + at - width, hidden);
            if (token == 0) {
                Pack<V> first = load<V>(dcls + column);
                first += sum;
                store(dcls + column, first);
            }
            sum += load<V>(dpositions + at);
            store(dpositions + at, sum);
        });
    }, dpatches, dcls, dpositions, partial, dtokens);
}

}  // namespace attmask

#define TOKEN_ASSEMBLY(TYPE, T)                                                                                      \
    extern "C" __global__ void token_assembly_forward##TYPE(                                                         \
        T* __restrict__ tokens, const T* __restrict__ patches, const float* __restrict__ cls,                        \
        const float* __restrict__ mask_token, const uint8_t* __restrict__ mask, const float* __restrict__ positions, \
        int rows, int per_image, int width) {                                                                        \
        attmask::forward(tokens, patches, cls, mask_token, mask, positions, rows, per_image, width);                 \
    }                                                                                                                \
    extern "C" __global__ void token_assembly_backward##TYPE(                                                        \
        T* __restrict__ dpatches, float* __restrict__ dcls, float* __restrict__ dpositions,                          \
        float* __restrict__ partial, const T* __restrict__ dtokens, const uint8_t* __restrict__ mask, int images,    \
        int per_image, int width) {                                                                                  \
        attmask::backward(dpatches, dcls, dpositions, partial, dtokens, mask, images, per_image, width);             \
    }

TOKEN_ASSEMBLY(, float)
TOKEN_ASSEMBLY(_bf16, attmask::Bf16)
