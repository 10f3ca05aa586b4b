// Multi-head attention, computed in float32 throughout: with S = q·kᵀ/√E per image and head, P = softmax(S), out = P·v, and its gradient.
// Scores live in tiles of 32 queries by 32 keys; nothing of size T×T is in global memory, and no sum needs an atomic.
//
// Packed qkv (B·T, 3·H·E): a row holds q, k, v, head h at columns h·E; out (B·T, H·E); logSumExp, delta (B, H, T).
// They are float32 or bfloat16: attention_bf16.cu is faster for the latter where heads are 32 or 64 wide.
// Grid: x an image's head, y a tile of tokens. WIDTH is E rounded up to 32, 64 or 128; columns beyond E are zeros.
#include "vectors.cuh"

namespace attmask {

constexpr int TILE = 32;
constexpr int THREADS = 128;
// Blocks of a multiprocessor that there are registers for: 168 each, no spills.
constexpr int BLOCKS = 3;
// 16 threads share a row of a tile. A thread has its rows y + 8·r and, of a tile of scores, its columns x + 16·c.
constexpr int LANES = 16;
constexpr int ROWS = TILE / (THREADS / LANES);
constexpr int COLUMNS = TILE / LANES;
constexpr int ROW_STEP = THREADS / LANES;
// Strides of tiles in shared memory: the 16 rows that a warp reads at once, 16 bytes each, and the two that it writes
// at once, fall into different banks.
constexpr int SCORE_STRIDE = TILE + 16;
template <int WIDTH>
constexpr int STRIDE = WIDTH + 4;

// One store: written out because the compiler makes several of a store that it can merge with those of another branch.
__device__ __forceinline__ void put(float* to, float a, float b) {
    asm volatile("st.global.v2.f32 [%0], {%1, %2};" ::"l"(__cvta_generic_to_global(to)), "f"(a), "f"(b)
        : "memory");
}

__device__ __forceinline__ void put(float* to, float a, float b, float c, float d) {
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(to)), "f"(a), "f"(b),
        "f"(c), "f"(d)
        : "memory");
}

__device__ __forceinline__ void put(Bf16* to, float a, float b) {
    asm volatile("st.global.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(pack(a, b)) : "memory");
}

__device__ __forceinline__ void put(Bf16* to, float a, float b, float c, float d) {
    asm volatile("st.global.v2.u32 [%0], {%1, %2};" ::"l"(__cvta_generic_to_global(to)), "r"(pack(a, b)),
        "r"(pack(c, d))
        : "memory");
}

// The columns of a (TILE, WIDTH) product that a thread has: CHUNKS times VECTOR neighbours.
template <int WIDTH>
struct Columns {
    static constexpr int VECTOR = WIDTH / LANES < 4 ? WIDTH / LANES : 4;
    static constexpr int CHUNKS = WIDTH / LANES / VECTOR;

    static __device__ __forceinline__ int first(int chunk, int x) { return (chunk * LANES + x) * VECTOR; }
};

struct Thread {
    const int x = threadIdx.x % LANES;
    const int y = threadIdx.x / LANES;

    __device__ __forceinline__ int row(int r) const { return y + ROW_STEP * r; }
    __device__ __forceinline__ int column(int c) const { return x + LANES * c; }
};

// Where a block's head lies.
struct Head {
    const int image;
    const int head;
    const int tokens;
    const int heads;
    const int width;
    const bool vector;  // rows are whole, aligned pieces of four numbers

    template <typename... P>
    __device__ __forceinline__ Head(int tokens, int heads, int width, const P*... matrices)
        : image(blockIdx.x / heads),
          head(blockIdx.x % heads),
          tokens(tokens),
          heads(heads),
          width(width),
          vector(width % 4 == 0 && aligned(matrices...)) {}

    __device__ __forceinline__ int wide() const { return heads * width; }
    // Part 0, 1, 2: q, k, v.
    __device__ __forceinline__ size_t packed(int part) const {
        return static_cast<size_t>(image) * tokens * 3 * wide() + static_cast<size_t>(part) * wide() + head * width;
    }
    __device__ __forceinline__ size_t out() const {
        return static_cast<size_t>(image) * tokens * wide() + head * width;
    }
    __device__ __forceinline__ size_t statistics() const { return static_cast<size_t>(blockIdx.x) * tokens; }
};

// tile (TILE, WIDTH) ← rows first.. of a head's (T, E) matrix; zeros beyond both.
template <int WIDTH, typename T>
__device__ __forceinline__ void load(
    float* __restrict__ tile, const T* __restrict__ matrix, int stride, int first, const Head& head) {
    if (head.vector) {
        constexpr int PIECES = WIDTH / 4;
        constexpr int AT_ONCE = THREADS / PIECES;
        const int row = threadIdx.x / PIECES;
        const int column = threadIdx.x % PIECES * 4;
        const T* from = matrix + static_cast<ptrdiff_t>(first + row) * stride + column;
#pragma unroll
        for (int i = 0; i < TILE; i += AT_ONCE) {
            Pack<4> x = {};
            if (first + row + i < head.tokens && column < head.width)
                x = load<4>(from + static_cast<ptrdiff_t>(i) * stride);
            store(tile + (row + i) * STRIDE<WIDTH> + column, x);
        }
    } else {
#pragma unroll 1
        for (int i = threadIdx.x; i < TILE * WIDTH; i += THREADS) {
            const int row = i / WIDTH;
            const int column = i % WIDTH;
            const bool inside = first + row < head.tokens && column < head.width;
            tile[row * STRIDE<WIDTH> + column] =
                inside ? load<1>(matrix + static_cast<size_t>(first + row) * stride + column).at[0] : 0.f;
        }
    }
}

// The reverse: rows first.. of a head's (T, E) matrix ← factor · sum.
template <int WIDTH, typename T>
__device__ __forceinline__ void store(T* __restrict__ matrix, int stride, int first, const Head& head,
    const Thread& thread, const float (&sum)[ROWS][WIDTH / LANES], const float (&factor)[ROWS]) {
    using C = Columns<WIDTH>;
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        if (first + thread.row(r) >= head.tokens) continue;
        T* row = matrix + static_cast<size_t>(first + thread.row(r)) * stride;
#pragma unroll
        for (int chunk = 0; chunk < C::CHUNKS; ++chunk) {
            const int column = C::first(chunk, thread.x);
            const float* x = sum[r] + chunk * C::VECTOR;
            if (!head.vector) {
#pragma unroll
                for (int i = 0; i < C::VECTOR; ++i)
                    if (column + i < head.width) store(row + column + i, Pack<1>{x[i] * factor[r]});
            } else if (column < head.width) {
                if constexpr (C::VECTOR == 4)
                    put(row + column, x[0] * factor[r], x[1] * factor[r], x[2] * factor[r], x[3] * factor[r]);
                else
                    put(row + column, x[0] * factor[r], x[1] * factor[r]);
            }
        }
    }
}

// product ← rows · columnsᵀ, both (TILE, WIDTH).
template <int WIDTH>
__device__ __forceinline__ void dots(float (&product)[ROWS][COLUMNS], const float* __restrict__ rows,
    const float* __restrict__ columns, const Thread& thread) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r)
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c) product[r][c] = 0.f;
#pragma unroll 4
    for (int e = 0; e < WIDTH; e += 4) {
        float4 b[COLUMNS];
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c)
            b[c] = *reinterpret_cast<const float4*>(columns + thread.column(c) * STRIDE<WIDTH> + e);
#pragma unroll
        for (int r = 0; r < ROWS; ++r) {
            const float4 a = *reinterpret_cast<const float4*>(rows + thread.row(r) * STRIDE<WIDTH> + e);
#pragma unroll
            for (int c = 0; c < COLUMNS; ++c) {
                product[r][c] = fmaf(a.x, b[c].x, product[r][c]);
                product[r][c] = fmaf(a.y, b[c].y, product[r][c]);
                product[r][c] = fmaf(a.z, b[c].z, product[r][c]);
                product[r][c] = fmaf(a.w, b[c].w, product[r][c]);
            }
        }
    }
}

// sum (TILE, WIDTH) += weights (TILE, TILE) · matrix (TILE, WIDTH).
template <int WIDTH>
__device__ __forceinline__ void add_product(float (&sum)[ROWS][WIDTH / LANES], const float* __restrict__ weights,
    const float* __restrict__ matrix, const Thread& thread) {
    using C = Columns<WIDTH>;
#pragma unroll 2
    for (int j = 0; j < TILE; j += 4) {
        Pack<4> weight[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; ++r)
            weight[r] = *reinterpret_cast<const Pack<4>*>(weights + thread.row(r) * SCORE_STRIDE + j);
#pragma unroll
        for (int i = 0; i < 4; ++i)
#pragma unroll
            for (int chunk = 0; chunk < C::CHUNKS; ++chunk) {
                const auto x = *reinterpret_cast<const Pack<C::VECTOR>*>(
                    matrix + (j + i) * STRIDE<WIDTH> + C::first(chunk, thread.x));
#pragma unroll
                for (int r = 0; r < ROWS; ++r)
#pragma unroll
                    for (int v = 0; v < C::VECTOR; ++v) {
                        float& s = sum[r][chunk * C::VECTOR + v];
                        s = fmaf(weight[r].at[i], x.at[v], s);
                    }
            }
    }
}

template <int COUNT>
__device__ __forceinline__ void clear(float (&sum)[ROWS][COUNT]) {
#pragma unroll
    for (int r = 0; r < ROWS; ++r)
#pragma unroll
        for (int i = 0; i < COUNT; ++i) sum[r][i] = 0.f;
}

// Over the 16 threads of a row, the same bits in each.
__device__ __forceinline__ float row_sum(float x) {
#pragma unroll
    for (int d = LANES / 2; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
    return x;
}

__device__ __forceinline__ float row_max(float x) {
#pragma unroll
    for (int d = LANES / 2; d > 0; d >>= 1) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, d));
    return x;
}

// Dynamic shared memory: tiles of (TILE, WIDTH), then tiles of scores. The launcher knows how many.
template <int WIDTH>
__device__ __forceinline__ float* tile(int i) {
    extern __shared__ float4 memory[];
    return reinterpret_cast<float*>(memory) + i * TILE * STRIDE<WIDTH>;
}

// Softmax as the keys come (Milakov and Gimelshein 2018): sums are rescaled when a larger score turns up.
template <int WIDTH, typename T>
__device__ __forceinline__ void forward(T* __restrict__ out, float* __restrict__ log_sum_exp,
    const T* __restrict__ qkv, int tokens, int heads, int width, float scale) {
    const Head head(tokens, heads, width, out, qkv);
    const Thread thread;
    const int stride = 3 * head.wide();
    const int first = blockIdx.y * TILE;
    float* q = tile<WIDTH>(0);
    float* k = tile<WIDTH>(1);
    float* v = tile<WIDTH>(2);
    float* weights = tile<WIDTH>(3);
    load<WIDTH>(q, qkv + head.packed(0), stride, first, head);
    float most[ROWS];
    float total[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        most[r] = -INFINITY;
        total[r] = 0.f;
    }
    float sum[ROWS][WIDTH / LANES];
    clear(sum);
    for (int from = 0; from < tokens; from += TILE) {
        __syncthreads();
        load<WIDTH>(k, qkv + head.packed(1), stride, from, head);
        load<WIDTH>(v, qkv + head.packed(2), stride, from, head);
        __syncthreads();
        float s[ROWS][COLUMNS];
        dots<WIDTH>(s, q, k, thread);
#pragma unroll
        for (int r = 0; r < ROWS; ++r) {
            float larger = most[r];
#pragma unroll
            for (int c = 0; c < COLUMNS; ++c) {
                s[r][c] = from + thread.column(c) < tokens ? s[r][c] * scale : -INFINITY;
                larger = fmaxf(larger, s[r][c]);
            }
            larger = row_max(larger);
            const float shrink = expf(most[r] - larger);
            most[r] = larger;
            total[r] *= shrink;
#pragma unroll
            for (int i = 0; i < WIDTH / LANES; ++i) sum[r][i] *= shrink;
#pragma unroll
            for (int c = 0; c < COLUMNS; ++c) {
                const float p = expf(s[r][c] - larger);
                total[r] += p;
                weights[thread.row(r) * SCORE_STRIDE + thread.column(c)] = p;
            }
        }
        __syncwarp();  // a row's weights come from its own warp
        add_product<WIDTH>(sum, weights, v, thread);
    }
    float factor[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        total[r] = row_sum(total[r]);
        factor[r] = 1.f / total[r];
        if (thread.x == 0 && first + thread.row(r) < tokens)
            log_sum_exp[head.statistics() + first + thread.row(r)] = most[r] + logf(total[r]);
    }
    store<WIDTH>(out + head.out(), head.wide(), first, head, thread, sum, factor);
}

// dq ← dS·k/√E with dS = P·(dP − delta), dP = dout·vᵀ, for a tile of queries. delta = Σ dout·out to begin with; what it
// leaves in a row of dS, rounding alone, is then moved into the delta that the pass over keys takes, so that there a
// row sums to 0 as closely as floats can.
template <int WIDTH, typename T>
__device__ __forceinline__ void backward_queries(T* __restrict__ dqkv, float* __restrict__ delta,
    const T* __restrict__ dout, const T* __restrict__ qkv, const T* __restrict__ out,
    const float* __restrict__ log_sum_exp, int tokens, int heads, int width, float scale) {
    const Head head(tokens, heads, width, dqkv, dout, qkv, out);
    const Thread thread;
    const int stride = 3 * head.wide();
    const int first = blockIdx.y * TILE;
    float* q = tile<WIDTH>(0);
    float* g = tile<WIDTH>(1);
    float* k = tile<WIDTH>(2);
    float* v = tile<WIDTH>(3);
    float* weights = tile<WIDTH>(4);
    load<WIDTH>(q, qkv + head.packed(0), stride, first, head);
    load<WIDTH>(g, dout + head.out(), head.wide(), first, head);
    load<WIDTH>(k, out + head.out(), head.wide(), first, head);
    __syncthreads();
    float lse[ROWS];
    float dot[ROWS];
    float rest[ROWS];
    float total[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        const int row = thread.row(r);
        lse[r] = first + row < tokens ? log_sum_exp[head.statistics() + first + row] : 0.f;
        dot[r] = 0.f;
#pragma unroll
        for (int e = 4 * thread.x; e < WIDTH; e += 4 * LANES) {
            const auto a = *reinterpret_cast<const Pack<4>*>(g + row * STRIDE<WIDTH> + e);
            const auto b = *reinterpret_cast<const Pack<4>*>(k + row * STRIDE<WIDTH> + e);
#pragma unroll
            for (int i = 0; i < 4; ++i) dot[r] = fmaf(a.at[i], b.at[i], dot[r]);
        }
        dot[r] = row_sum(dot[r]);
        rest[r] = 0.f;
        total[r] = 0.f;
    }
    float dq[ROWS][WIDTH / LANES];
    clear(dq);
    for (int from = 0; from < tokens; from += TILE) {
        __syncthreads();
        load<WIDTH>(k, qkv + head.packed(1), stride, from, head);
        load<WIDTH>(v, qkv + head.packed(2), stride, from, head);
        __syncthreads();
        float s[ROWS][COLUMNS];
        float dp[ROWS][COLUMNS];
        dots<WIDTH>(s, q, k, thread);
        dots<WIDTH>(dp, g, v, thread);
#pragma unroll
        for (int r = 0; r < ROWS; ++r)
#pragma unroll
            for (int c = 0; c < COLUMNS; ++c) {
                const float p = from + thread.column(c) < tokens ? expf(fmaf(s[r][c], scale, -lse[r])) : 0.f;
                const float ds = p * (dp[r][c] - dot[r]);
                total[r] += p;
                rest[r] += ds;
                weights[thread.row(r) * SCORE_STRIDE + thread.column(c)] = ds;
            }
        __syncwarp();
        add_product<WIDTH>(dq, weights, k, thread);
    }
    float factor[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        factor[r] = scale;
        const float corrected = dot[r] + row_sum(rest[r]) / row_sum(total[r]);
        if (thread.x == 0 && first + thread.row(r) < tokens)
            delta[head.statistics() + first + thread.row(r)] = corrected;
    }
    store<WIDTH>(dqkv + head.packed(0), stride, first, head, thread, dq, factor);
}

// dk ← dSᵀ·q/√E and dv ← Pᵀ·dout for a tile of keys: the transposed tiles, query by query.
template <int WIDTH, typename T>
__device__ __forceinline__ void backward_keys(T* __restrict__ dqkv, const float* __restrict__ delta,
    const T* __restrict__ dout, const T* __restrict__ qkv, const float* __restrict__ log_sum_exp, int tokens,
    int heads, int width, float scale) {
    const Head head(tokens, heads, width, dqkv, dout, qkv);
    const Thread thread;
    const int stride = 3 * head.wide();
    const int first = blockIdx.y * TILE;
    float* k = tile<WIDTH>(0);
    float* v = tile<WIDTH>(1);
    float* q = tile<WIDTH>(2);
    float* g = tile<WIDTH>(3);
    float* weights = tile<WIDTH>(4);
    float* gradients = weights + TILE * SCORE_STRIDE;
    load<WIDTH>(k, qkv + head.packed(1), stride, first, head);
    load<WIDTH>(v, qkv + head.packed(2), stride, first, head);
    float dk[ROWS][WIDTH / LANES];
    float dv[ROWS][WIDTH / LANES];
    clear(dk);
    clear(dv);
    for (int from = 0; from < tokens; from += TILE) {
        __syncthreads();
        load<WIDTH>(q, qkv + head.packed(0), stride, from, head);
        load<WIDTH>(g, dout + head.out(), head.wide(), from, head);
        __syncthreads();
        float s[ROWS][COLUMNS];
        float dp[ROWS][COLUMNS];
        dots<WIDTH>(s, k, q, thread);
        dots<WIDTH>(dp, v, g, thread);
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c) {
            const int query = from + thread.column(c);
            const float lse = query < tokens ? log_sum_exp[head.statistics() + query] : 0.f;
            const float mean = query < tokens ? delta[head.statistics() + query] : 0.f;
#pragma unroll
            for (int r = 0; r < ROWS; ++r) {
                const float p = query < tokens ? expf(fmaf(s[r][c], scale, -lse)) : 0.f;
                weights[thread.row(r) * SCORE_STRIDE + thread.column(c)] = p;
                gradients[thread.row(r) * SCORE_STRIDE + thread.column(c)] = p * (dp[r][c] - mean);
            }
        }
        __syncwarp();
        add_product<WIDTH>(dv, weights, g, thread);
        add_product<WIDTH>(dk, gradients, q, thread);
    }
    float factor[ROWS];
    float one[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        factor[r] = scale;
        one[r] = 1.f;
    }
    store<WIDTH>(dqkv + head.packed(1), stride, first, head, thread, dk, factor);
    store<WIDTH>(dqkv + head.packed(2), stride, first, head, thread, dv, one);
}

// probabilities (B, H, T, T), for pictures and checks.
template <int WIDTH, typename T>
__device__ __forceinline__ void probabilities(float* __restrict__ p, const T* __restrict__ qkv,
    const float* __restrict__ log_sum_exp, int tokens, int heads, int width, float scale) {
    const Head head(tokens, heads, width, qkv);
    const Thread thread;
    const int stride = 3 * head.wide();
    const int first = blockIdx.y * TILE;
    float* q = tile<WIDTH>(0);
    float* k = tile<WIDTH>(1);
    load<WIDTH>(q, qkv + head.packed(0), stride, first, head);
    for (int from = 0; from < tokens; from += TILE) {
        __syncthreads();
        load<WIDTH>(k, qkv + head.packed(1), stride, from, head);
        __syncthreads();
        float s[ROWS][COLUMNS];
        dots<WIDTH>(s, q, k, thread);
#pragma unroll
        for (int r = 0; r < ROWS; ++r) {
            const int query = first + thread.row(r);
            if (query >= tokens) continue;
            const float lse = log_sum_exp[head.statistics() + query];
#pragma unroll
            for (int c = 0; c < COLUMNS; ++c)
                if (from + thread.column(c) < tokens)
                    p[(head.statistics() + query) * tokens + from + thread.column(c)] =
                        expf(fmaf(s[r][c], scale, -lse));
        }
    }
}

}  // namespace attmask

#define KERNEL extern "C" __global__ void __launch_bounds__(attmask::THREADS, attmask::BLOCKS)
#define ATTENTION(WIDTH, TYPE, T)                                                                                   \
    KERNEL attention_forward_##WIDTH##TYPE(                                                                         \
        T* out, float* log_sum_exp, const T* qkv, int tokens, int heads, int width, float scale) {                  \
        attmask::forward<WIDTH>(out, log_sum_exp, qkv, tokens, heads, width, scale);                                \
    }                                                                                                               \
    KERNEL attention_backward_queries_##WIDTH##TYPE(T* dqkv, float* delta, const T* dout, const T* qkv,             \
        const T* out, const float* log_sum_exp, int tokens, int heads, int width, float scale) {                    \
        attmask::backward_queries<WIDTH>(                                                                           \
            dqkv, delta, dout, qkv, out, log_sum_exp, tokens, heads, width, scale);                                 \
    }                                                                                                               \
    KERNEL attention_backward_keys_##WIDTH##TYPE(T* dqkv, const float* delta, const T* dout, const T* qkv,          \
        const float* log_sum_exp, int tokens, int heads, int width, float scale) {                                  \
        attmask::backward_keys<WIDTH>(dqkv, delta, dout, qkv, log_sum_exp, tokens, heads, width, scale);            \
    }                                                                                                               \
    KERNEL attention_probabilities_##WIDTH##TYPE(                                                                   \
        float* p, const T* qkv, const float* log_sum_exp, int tokens, int heads, int width, float scale) {          \
        attmask::probabilities<WIDTH>(p, qkv, log_sum_exp, tokens, heads, width, scale);                            \
    }

ATTENTION(32, , float)
ATTENTION(64, , float)
ATTENTION(128, , float)
ATTENTION(32, _bf16, attmask::Bf16)
ATTENTION(64, _bf16, attmask::Bf16)
ATTENTION(128, _bf16, attmask::Bf16)
