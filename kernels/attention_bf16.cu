// Multi-head attention on tensor cores: bfloat16 in and out, float32 sums; forward and gradient as in attention.cu.
//
// Packed qkv (B·T, 3·H·E): a row holds q, k, v, head h at columns h·E; out, dout (B·T, H·E); logSumExp, delta (B, H, T)
// in float32. Grid: x an image's head, y 64 tokens, 16 for each warp. WIDTH is E: 32 or 64. The other side comes in
// tiles of 32 tokens, the next one copied while this one is worked on. Exponentials are powers of two, with log₂e in
// the factor. Pointers are multiples of 16 bytes.
#include "tensor_core.cuh"

namespace attmask {

constexpr int THREADS = 128;
constexpr int OWN = 64;
constexpr int STEP = 32;
constexpr float LOG2_E = 1.44269504088896341f;

// Of a 16×8 product a lane has rows lane/4 and lane/4 + 8, columns 2·(lane%4) and the next: element i is in row i/2.
struct Lane {
    const unsigned row = threadIdx.x % 32 / 4;
    const unsigned column = threadIdx.x % 4 * 2;
    const unsigned warp_row = threadIdx.x / 32 * 16;

    __device__ __forceinline__ int own(int half) const { return warp_row + row + 8 * half; }
};

// Where a block's head lies.
struct Head {
    const int tokens;
    const int wide;    // H·E
    const int stride;  // of packed rows
    const size_t packed;
    const size_t out;
    const size_t statistics;
    const int first;

    __device__ __forceinline__ Head(int tokens, int heads, int width)
        : tokens(tokens),
          wide(heads * width),
          stride(3 * heads * width),
          packed(static_cast<size_t>(blockIdx.x / heads) * tokens * 3 * heads * width + blockIdx.x % heads * width),
          out(static_cast<size_t>(blockIdx.x / heads) * tokens * heads * width + blockIdx.x % heads * width),
          statistics(static_cast<size_t>(blockIdx.x) * tokens),
          first(blockIdx.y * OWN) {}
};

// Sum over the four lanes that share a row.
__device__ __forceinline__ float quad_sum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

__device__ __forceinline__ float quad_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

// 2ˣ, to about two units of float32's last place; bfloat16 keeps a third of its digits.
__device__ __forceinline__ float power_of_two(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

template <int COUNT>
__device__ __forceinline__ void clear(float (&sum)[COUNT][4]) {
#pragma unroll
    for (int n = 0; n < COUNT; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[n][i] = 0.f;
}

// product (16 × 16) ← a · rowsᵀ for rows row .. row+15 of a tile.
template <int WIDTH>
__device__ __forceinline__ void dots(
    float (&product)[2][4], const uint32_t (&a)[WIDTH / 16][4], uint32_t tile, int row) {
    clear(product);
#pragma unroll
    for (int k = 0; k < WIDTH / 16; ++k) {
        uint32_t b[4];
        Tile<WIDTH>::right_transposed(b, tile, row, k);
        multiply_add(product[0], a[k], b[0], b[1]);
        multiply_add(product[1], a[k], b[2], b[3]);
    }
}

// Scores (16 × 16) of keys from `key` on: −∞ where there is no such key.
__device__ __forceinline__ void hide_beyond(float (&scores)[2][4], int key, int tokens, const Lane& lane) {
#pragma unroll
    for (int n = 0; n < 2; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            if (key + 8 * n + static_cast<int>(lane.column) + i % 2 >= tokens) scores[n][i] = -INFINITY;
}

// sum (16 × WIDTH) += weights (16 × 16) · rows row .. row+15 of a tile. A product's layout is that of a left factor.
template <int WIDTH>
__device__ __forceinline__ void add_product(
    float (&sum)[WIDTH / 8][4], const float (&weights)[2][4], uint32_t tile, int row) {
    const uint32_t a[4] = {pack(weights[0][0], weights[0][1]), pack(weights[0][2], weights[0][3]),
        pack(weights[1][0], weights[1][1]), pack(weights[1][2], weights[1][3])};
#pragma unroll
    for (int n = 0; n < WIDTH / 16; ++n) {
        uint32_t b[4];
        Tile<WIDTH>::right(b, tile, row, n);
        multiply_add(sum[2 * n], a, b[0], b[1]);
        multiply_add(sum[2 * n + 1], a, b[2], b[3]);
    }
}

// A warp's 16 rows of matrix ← factor · sum, by way of its own rows of a tile, so that 16 bytes leave at a time.
template <int WIDTH>
__device__ __forceinline__ void store(Bf16* __restrict__ matrix, int stride, char* tile, const Head& head,
    const Lane& lane, const float (&sum)[WIDTH / 8][4], float factor0, float factor1) {
    using T = Tile<WIDTH>;
    __syncwarp();
#pragma unroll
    for (int n = 0; n < WIDTH / 8; ++n) {
        *reinterpret_cast<uint32_t*>(tile + T::offset(lane.own(0), n) + 2 * lane.column) =
            pack(sum[n][0] * factor0, sum[n][1] * factor0);
        *reinterpret_cast<uint32_t*>(tile + T::offset(lane.own(1), n) + 2 * lane.column) =
            pack(sum[n][2] * factor1, sum[n][3] * factor1);
    }
    __syncwarp();
#pragma unroll
    for (unsigned i = threadIdx.x % 32; i < 16 * T::PIECES; i += 32) {
        const int row = lane.warp_row + i / T::PIECES;
        const unsigned piece = i % T::PIECES;
        if (head.first + row < head.tokens)
            *reinterpret_cast<uint4*>(matrix + static_cast<size_t>(head.first + row) * stride + piece * 8) =
                *reinterpret_cast<const uint4*>(tile + T::offset(row, piece));
    }
}

__device__ __forceinline__ uint32_t shared_address(const void* p) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}

// Two tiles of the other side, twice.
template <int WIDTH>
struct Pipeline {
    static constexpr unsigned BYTES = STEP * Tile<WIDTH>::ROW_BYTES;
    const uint32_t memory;

    __device__ __forceinline__ uint32_t a(unsigned turn) const { return memory + turn % 2 * 2 * BYTES; }
    __device__ __forceinline__ uint32_t b(unsigned turn) const { return a(turn) + BYTES; }
    __device__ __forceinline__ void copy(
        int turn, const Bf16* a_rows, int a_stride, const Bf16* b_rows, int b_stride, int tokens) const {
        Tile<WIDTH>::template copy<STEP, THREADS>(a(turn), a_rows, a_stride, turn * STEP, tokens);
        Tile<WIDTH>::template copy<STEP, THREADS>(b(turn), b_rows, b_stride, turn * STEP, tokens);
        commit_copies();
    }
};

// Softmax as the keys come: sums are rescaled when a larger score turns up.
template <int WIDTH>
__device__ __forceinline__ void forward(Bf16* __restrict__ out, float* __restrict__ log_sum_exp,
    const Bf16* __restrict__ qkv, int tokens, int heads, float scale) {
    using T = Tile<WIDTH>;
    __shared__ __align__(128) char own[OWN * T::ROW_BYTES];
    __shared__ __align__(128) char others[4 * Pipeline<WIDTH>::BYTES];
    const Head head(tokens, heads, WIDTH);
    const Lane lane;
    const Bf16* q = qkv + head.packed;
    const Bf16* k = q + head.wide;
    const Bf16* v = k + head.wide;
    const Pipeline<WIDTH> pipeline = {shared_address(others)};
    T::template copy<OWN, THREADS>(shared_address(own), q, head.stride, head.first, tokens);
    pipeline.copy(0, k, head.stride, v, head.stride, tokens);
    const float factor = scale * LOG2_E;
    float most[2] = {-INFINITY, -INFINITY};
    float total[2] = {0.f, 0.f};
    float sum[WIDTH / 8][4];
    clear(sum);
    uint32_t a[WIDTH / 16][4];
    const int turns = (tokens + STEP - 1) / STEP;
    for (int turn = 0; turn < turns; ++turn) {
        wait_for_copies();
        __syncthreads();
        if (turn + 1 < turns) pipeline.copy(turn + 1, k, head.stride, v, head.stride, tokens);
        if (turn == 0) {
#pragma unroll
            for (int i = 0; i < WIDTH / 16; ++i) T::left(a[i], shared_address(own), lane.warp_row, i);
        }
        float s[STEP / 16][2][4];
        float larger[2] = {most[0], most[1]};
#pragma unroll
        for (int j = 0; j < STEP / 16; ++j) {
            dots<WIDTH>(s[j], a, pipeline.a(turn), 16 * j);
            if (turn + 1 == turns) hide_beyond(s[j], turn * STEP + 16 * j, tokens, lane);
#pragma unroll
            for (int n = 0; n < 2; ++n)
#pragma unroll
                for (int i = 0; i < 4; ++i) larger[i / 2] = fmaxf(larger[i / 2], s[j][n][i]);
        }
        float shift[2];
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            larger[half] = quad_max(larger[half]);
            const float shrink = power_of_two((most[half] - larger[half]) * factor);
            most[half] = larger[half];
            shift[half] = -factor * larger[half];
            total[half] *= shrink;
#pragma unroll
            for (int n = 0; n < WIDTH / 8; ++n) {
                sum[n][2 * half] *= shrink;
                sum[n][2 * half + 1] *= shrink;
            }
        }
#pragma unroll
        for (int j = 0; j < STEP / 16; ++j) {
#pragma unroll
            for (int n = 0; n < 2; ++n)
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    s[j][n][i] = power_of_two(fmaf(s[j][n][i], factor, shift[i / 2]));
                    total[i / 2] += s[j][n][i];
                }
            add_product<WIDTH>(sum, s[j], pipeline.b(turn), 16 * j);
        }
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        total[half] = quad_sum(total[half]);
        if (lane.column == 0 && head.first + lane.own(half) < tokens)
            log_sum_exp[head.statistics + head.first + lane.own(half)] = most[half] * scale + logf(total[half]);
    }
    store<WIDTH>(out + head.out, head.wide, own, head, lane, sum, 1.f / total[0], 1.f / total[1]);
}

// Σ dout·out of the block's rows, two threads a row.
template <int WIDTH>
__device__ __forceinline__ void row_dots(
    float* __restrict__ dot, const Bf16* __restrict__ dout, const Bf16* __restrict__ out, const Head& head) {
    const int row = threadIdx.x / 2;
    float sum = 0.f;
    if (head.first + row < head.tokens) {
        const size_t at = static_cast<size_t>(head.first + row) * head.wide + threadIdx.x % 2 * 8;
#pragma unroll
        for (int piece = 0; piece < WIDTH; piece += 16) {
            const uint4 a = *reinterpret_cast<const uint4*>(dout + at + piece);
            const uint4 b = *reinterpret_cast<const uint4*>(out + at + piece);
            const uint32_t x[4] = {a.x, a.y, a.z, a.w};
            const uint32_t y[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                // A bfloat16 is the upper half of a float.
                sum = fmaf(__uint_as_float(x[i] << 16), __uint_as_float(y[i] << 16), sum);
                sum = fmaf(__uint_as_float(x[i] & 0xffff0000u), __uint_as_float(y[i] & 0xffff0000u), sum);
            }
        }
    }
    sum += __shfl_xor_sync(0xffffffffu, sum, 1);
    if (threadIdx.x % 2 == 0) dot[row] = sum;
}

// dq ← dS·k/√E with dS = P·(dP − delta), dP = dout·vᵀ. delta = Σ dout·out; what that leaves in a row of dS, chiefly by
// the rounding of out, is moved into the delta that the pass over keys takes.
template <int WIDTH>
__device__ __forceinline__ void backward_queries(Bf16* __restrict__ dqkv, float* __restrict__ delta,
    const Bf16* __restrict__ dout, const Bf16* __restrict__ qkv, const Bf16* __restrict__ out,
    const float* __restrict__ log_sum_exp, int tokens, int heads, float scale) {
    using T = Tile<WIDTH>;
    __shared__ __align__(128) char own_q[OWN * T::ROW_BYTES];
    __shared__ __align__(128) char own_g[OWN * T::ROW_BYTES];
    __shared__ __align__(128) char others[4 * Pipeline<WIDTH>::BYTES];
    __shared__ float dots_of_rows[OWN];
    const Head head(tokens, heads, WIDTH);
    const Lane lane;
    const Bf16* q = qkv + head.packed;
    const Bf16* k = q + head.wide;
    const Bf16* v = k + head.wide;
    const Pipeline<WIDTH> pipeline = {shared_address(others)};
    T::template copy<OWN, THREADS>(shared_address(own_q), q, head.stride, head.first, tokens);
    T::template copy<OWN, THREADS>(shared_address(own_g), dout + head.out, head.wide, head.first, tokens);
    pipeline.copy(0, k, head.stride, v, head.stride, tokens);
    row_dots<WIDTH>(dots_of_rows, dout + head.out, out + head.out, head);
    const float factor = scale * LOG2_E;
    float lse[2];
    float dot[2];
    float rest[2] = {0.f, 0.f};
    float total[2] = {0.f, 0.f};
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int query = head.first + lane.own(half);
        lse[half] = query < tokens ? log_sum_exp[head.statistics + query] * LOG2_E : 0.f;
    }
    float dq[WIDTH / 8][4];
    clear(dq);
    uint32_t a_q[WIDTH / 16][4];
    uint32_t a_g[WIDTH / 16][4];
    const int turns = (tokens + STEP - 1) / STEP;
    for (int turn = 0; turn < turns; ++turn) {
        wait_for_copies();
        __syncthreads();
        if (turn + 1 < turns) pipeline.copy(turn + 1, k, head.stride, v, head.stride, tokens);
        if (turn == 0) {
#pragma unroll
            for (int i = 0; i < WIDTH / 16; ++i) {
                T::left(a_q[i], shared_address(own_q), lane.warp_row, i);
                T::left(a_g[i], shared_address(own_g), lane.warp_row, i);
            }
            dot[0] = dots_of_rows[lane.own(0)];
            dot[1] = dots_of_rows[lane.own(1)];
        }
#pragma unroll
        for (int j = 0; j < STEP / 16; ++j) {
            float s[2][4];
            float ds[2][4];
            dots<WIDTH>(s, a_q, pipeline.a(turn), 16 * j);
            dots<WIDTH>(ds, a_g, pipeline.b(turn), 16 * j);
            if (turn + 1 == turns) hide_beyond(s, turn * STEP + 16 * j, tokens, lane);
#pragma unroll
            for (int n = 0; n < 2; ++n)
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const float p = power_of_two(fmaf(s[n][i], factor, -lse[i / 2]));
                    ds[n][i] = p * (ds[n][i] - dot[i / 2]);
                    total[i / 2] += p;
                    rest[i / 2] += ds[n][i];
                }
            add_product<WIDTH>(dq, ds, pipeline.a(turn), 16 * j);
        }
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const float corrected = dot[half] + quad_sum(rest[half]) / quad_sum(total[half]);
        if (lane.column == 0 && head.first + lane.own(half) < tokens)
            delta[head.statistics + head.first + lane.own(half)] = corrected;
    }
    store<WIDTH>(dqkv + head.packed, head.stride, own_q, head, lane, dq, scale, scale);
}

// dk ← dSᵀ·q/√E and dv ← Pᵀ·dout: a warp has 16 keys, queries come in turn.
template <int WIDTH>
__device__ __forceinline__ void backward_keys(Bf16* __restrict__ dqkv, const float* __restrict__ delta,
    const Bf16* __restrict__ dout, const Bf16* __restrict__ qkv, const float* __restrict__ log_sum_exp, int tokens,
    int heads, float scale) {
    using T = Tile<WIDTH>;
    __shared__ __align__(128) char own_k[OWN * T::ROW_BYTES];
    __shared__ __align__(128) char own_v[OWN * T::ROW_BYTES];
    __shared__ __align__(128) char others[4 * Pipeline<WIDTH>::BYTES];
    __shared__ float2 statistics[2][STEP];  // log₂-sum-exp and delta of each query
    const Head head(tokens, heads, WIDTH);
    const Lane lane;
    const Bf16* q = qkv + head.packed;
    const Bf16* g = dout + head.out;
    const Pipeline<WIDTH> pipeline = {shared_address(others)};
    const auto load_statistics = [&](int turn) {
        if (threadIdx.x < STEP) {
            const int query = turn * STEP + static_cast<int>(threadIdx.x);
            // Beyond the last query every probability is 2^−∞.
            float2 x = make_float2(INFINITY, 0.f);
            if (query < tokens)
                x = make_float2(log_sum_exp[head.statistics + query] * LOG2_E, delta[head.statistics + query]);
            statistics[turn % 2][threadIdx.x] = x;
        }
    };
    T::template copy<OWN, THREADS>(shared_address(own_k), q + head.wide, head.stride, head.first, tokens);
    T::template copy<OWN, THREADS>(shared_address(own_v), q + 2 * head.wide, head.stride, head.first, tokens);
    pipeline.copy(0, q, head.stride, g, head.wide, tokens);
    load_statistics(0);
    const float factor = scale * LOG2_E;
    float dk[WIDTH / 8][4];
    float dv[WIDTH / 8][4];
    clear(dk);
    clear(dv);
    uint32_t a_k[WIDTH / 16][4];
    uint32_t a_v[WIDTH / 16][4];
    const int turns = (tokens + STEP - 1) / STEP;
    for (int turn = 0; turn < turns; ++turn) {
        wait_for_copies();
        __syncthreads();
        if (turn + 1 < turns) {
            pipeline.copy(turn + 1, q, head.stride, g, head.wide, tokens);
            load_statistics(turn + 1);
        }
        if (turn == 0) {
#pragma unroll
            for (int i = 0; i < WIDTH / 16; ++i) {
                T::left(a_k[i], shared_address(own_k), lane.warp_row, i);
                T::left(a_v[i], shared_address(own_v), lane.warp_row, i);
            }
        }
#pragma unroll
        for (int j = 0; j < STEP / 16; ++j) {
            float p[2][4];
            float ds[2][4];
            dots<WIDTH>(p, a_k, pipeline.a(turn), 16 * j);
            dots<WIDTH>(ds, a_v, pipeline.b(turn), 16 * j);
#pragma unroll
            for (int n = 0; n < 2; ++n)
#pragma unroll
                for (int i = 0; i < 2; ++i) {
                    const float2 query = statistics[turn % 2][16 * j + 8 * n + lane.column + i];
#pragma unroll
                    for (int at = i; at < 4; at += 2) {
                        p[n][at] = power_of_two(fmaf(p[n][at], factor, -query.x));
                        ds[n][at] = p[n][at] * (ds[n][at] - query.y);
                    }
                }
            add_product<WIDTH>(dv, p, pipeline.b(turn), 16 * j);
            add_product<WIDTH>(dk, ds, pipeline.a(turn), 16 * j);
        }
    }
    store<WIDTH>(dqkv + head.packed + head.wide, head.stride, own_k, head, lane, dk, scale, scale);
    store<WIDTH>(dqkv + head.packed + 2 * head.wide, head.stride, own_v, head, lane, dv, 1.f, 1.f);
}

}  // namespace attmask

#define KERNEL extern "C" __global__ void __launch_bounds__(attmask::THREADS, 3)
#define ATTENTION(WIDTH)                                                                                            \
    KERNEL attention_forward_bf16_##WIDTH(                                                                          \
        attmask::Bf16* out, float* log_sum_exp, const attmask::Bf16* qkv, int tokens, int heads, float scale) {     \
        attmask::forward<WIDTH>(out, log_sum_exp, qkv, tokens, heads, scale);                                       \
    }                                                                                                               \
    KERNEL attention_backward_queries_bf16_##WIDTH(attmask::Bf16* dqkv, float* delta, const attmask::Bf16* dout,    \
        const attmask::Bf16* qkv, const attmask::Bf16* out, const float* log_sum_exp, int tokens, int heads,        \
        float scale) {                                                                                              \
        attmask::backward_queries<WIDTH>(dqkv, delta, dout, qkv, out, log_sum_exp, tokens, heads, scale);           \
    }                                                                                                               \
    KERNEL attention_backward_keys_bf16_##WIDTH(attmask::Bf16* dqkv, const float* delta, const attmask::Bf16* dout, \
        const attmask::Bf16* qkv, const float* log_sum_exp, int tokens, int heads, float scale) {                   \
        attmask::backward_keys<WIDTH>(dqkv, delta, dout, qkv, log_sum_exp, tokens, heads, scale);                   \
    }

ATTENTION(32)
ATTENTION(64)
