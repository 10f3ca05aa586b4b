// AttMask: which patches to hide, from the [CLS] row of the teacher's attention, in one launch.
//
// A block has an image: scores (N) = mean over heads of softmax(q_cls·kᵀ/√E) without the [CLS] column; the `count` most
// (or least) attended by radix select, ties to the lower index; each of them hidden by its own draw; `reveal` of the
// `pool` most attended shown again; mask (B, N), and rows, the masked tokens b·T + 1 + n of all images in ascending
// order. Where an image's rows start, its block finds by itself: how many tokens the earlier ones hide follows from the
// seed.
//
// qkv (B·T, 3·H·E), T = 1 + N: a row holds q, k, v, head h at columns h·E.
#include "philox.cuh"
#include "vectors.cuh"

namespace attmask {

constexpr int THREADS = 256;
// Blocks of a multiprocessor: room for 64 registers a thread.
constexpr int BLOCKS = 4;
constexpr int WARPS = THREADS / WARP;
// Threads that share a key: 128 bytes of it at a time, of bfloat16 64.
constexpr int GROUP = 8;
constexpr int DIGITS = 256;
// Ordinal of RandomStream.Purpose, as in philox.cuh.
constexpr uint32_t MASK_PLACE = 6;
// Above any word's upper 24 bits: what always happens.
constexpr uint32_t ALWAYS = 1u << 24;

// The part of a step's images that a launch sees, crop by crop: ops.MicroBatch.
struct MicroBatch {
    const int first;
    const int images;
    const int batch;

    __device__ __forceinline__ int place(int image) const {
        return image / images * batch + first + image % images;
    }
};

// What to hide: AttentionMask.Rule.
struct Rule {
    const bool highest;
    const int count;
    const uint32_t chance;  // the i-th chosen token is hidden if the upper 24 bits of its word are below
    const int pool;
    const int reveal;
    const uint32_t coin;  // an image is masked if the upper 24 bits of its word are below
    const uint64_t seed;
    const uint32_t step;
    const MicroBatch part;

    __device__ __forceinline__ bool masks(int image) const {
        return stream_word(seed, MASK_COIN, step, part.place(image), 0) >> 8 < coin;
    }

    __device__ __forceinline__ bool hides(int image, int i) const {
        return stream_word(seed, MASK_PLACE, step, part.place(image), i) >> 8 < chance;
    }

    // Of the four tokens from the 4·quad-th on, those that are hidden.
    __device__ __forceinline__ int hidden(int image, int quad) const {
        const uint4 words = philox(seed, make_uint4(quad, step, part.place(image), MASK_PLACE));
        const uint32_t word[] = {words.x, words.y, words.z, words.w};
        int hidden = 0;
#pragma unroll
        for (int k = 0; k < 4; ++k) hidden += 4 * quad + k < count && word[k] >> 8 < chance;
        return hidden;
    }
};

// Dynamic shared memory of a block, for T tokens.
struct Memory {
    float* weights;     // (T) a head's softmax; then
    uint32_t* keys;     // (N) scores as integers of the same order
    float* scores;      // (N)
    int* pool;          // (N) the most attended, by index
    int* ranks;         // (N) for the draw
    uint8_t* hidden;    // (N)
    uint8_t* inPool;    // (N)
    uint8_t* revealed;  // (N) by rank

    __device__ __forceinline__ Memory(int tokens) {
        extern __shared__ float memory[];
        const int patches = tokens - 1;
        weights = memory;
        keys = reinterpret_cast<uint32_t*>(weights);
        scores = weights + tokens;
        pool = reinterpret_cast<int*>(scores + patches);
        ranks = pool + patches;
        hidden = reinterpret_cast<uint8_t*>(ranks + patches);
        inPool = hidden + patches;
        revealed = inPool + patches;
    }
};

// Each thread's place among the threads with `flag`, and how many have it.
struct Place {
    int before;
    int all;
};

__device__ __forceinline__ Place place(bool flag, int* warps) {
    const uint32_t votes = __ballot_sync(0xffffffffu, flag);
    const int lane = threadIdx.x % WARP;
    const int warp = threadIdx.x / WARP;
    if (lane == 0) warps[warp] = __popc(votes);
    __syncthreads();
    Place place = {__popc(votes & ((1u << lane) - 1u)), 0};
#pragma unroll
    for (int i = 0; i < WARPS; ++i) {
        if (i < warp) place.before += warps[i];
        place.all += warps[i];
    }
    __syncthreads();
    return place;
}

// q·k over GROUP neighbouring threads, the sum in each.
template <typename T>
__device__ __forceinline__ float dot(const T* __restrict__ q, const T* __restrict__ k, int width, bool vector) {
    const int lane = threadIdx.x % GROUP;
    float sum = 0.f;
    if (vector) {
#pragma unroll 2
        for (int e = 4 * lane; e < width; e += 4 * GROUP) {
            const Pack<4> a = load<4>(q + e);
            const Pack<4> b = load<4>(k + e);
#pragma unroll
            for (int i = 3; i >= 0; --i) sum = fmaf(a.at[i], b.at[i], sum);
        }
    } else {
        #pragma unroll 1
        for (int e = lane; e < width; e += GROUP) sum = fmaf(load<1>(q + e).at[0], load<1>(k + e).at[0], sum);
    }
#pragma unroll
    for (int d = GROUP / 2; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, d);
    return sum;
}

// memory.scores ← the mean over heads.
template <typename T>
__device__ __forceinline__ void attend(const Memory& memory, const T* __restrict__ qkv, int tokens, int heads,
    int width, float scale) {
    __shared__ float warps[WARPS];
    const int stride = 3 * heads * width;
    const T* image = qkv + static_cast<size_t>(blockIdx.x) * tokens * stride;
    const bool vector = width % 4 == 0 && aligned(qkv);
    for (int n = threadIdx.x; n < tokens - 1; n += THREADS) memory.scores[n] = 0.f;
    for (int h = 0; h < heads; ++h) {
        const T* q = image + h * width;
        const T* k = q + heads * width;
        float most = -INFINITY;
        // Whole warps stay in the loop for the sake of the shuffles.
        for (int from = 0; from < tokens; from += THREADS / GROUP) {
            const int t = from + static_cast<int>(threadIdx.x) / GROUP;
            const float s = scale * dot(q, k + static_cast<size_t>(min(t, tokens - 1)) * stride, width, vector);
            most = fmaxf(most, s);
            if (t < tokens && threadIdx.x % GROUP == 0) memory.weights[t] = s;
        }
        most = block_max(most, warps);
        float sum = 0.f;
        for (int t = threadIdx.x; t < tokens; t += THREADS) {
            const float p = expf(memory.weights[t] - most);
            memory.weights[t] = p;
            sum += p;
        }
        const float share = 1.f / (block_sum(sum, warps) * static_cast<float>(heads));
        for (int n = threadIdx.x; n < tokens - 1; n += THREADS)
            memory.scores[n] = fmaf(memory.weights[1 + n], share, memory.scores[n]);
        __syncthreads();
    }
}

// Integers in the order of Float.compare: −0 before +0, any NaN last.
__device__ __forceinline__ uint32_t sortable(float x) {
    const uint32_t bits = x != x ? 0x7fc00000u : __float_as_uint(x);
    return bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}

// Where a digit is counted: digits that one lane adds up lie in one bank, those of different lanes in different ones.
__device__ __forceinline__ int slot(int digit) {
    constexpr int EACH = DIGITS / WARP;
    return digit % EACH * WARP + digit / EACH;
}

// The digit at which the sorted keys reach `rank` (from 1); `rank` ← what remains of it within that digit. One warp.
__device__ __forceinline__ int digit_of(const int* __restrict__ histogram, int& rank) {
    constexpr int EACH = DIGITS / WARP;
    const int lane = threadIdx.x % WARP;
    int mine = 0;
#pragma unroll
    for (int i = 0; i < EACH; ++i) mine += histogram[slot(lane * EACH + i)];
    int until = mine;
#pragma unroll
    for (int d = 1; d < WARP; d *= 2) {
        const int left = __shfl_up_sync(0xffffffffu, until, d);
        if (lane >= d) until += left;
    }
    const int owner = __popc(__ballot_sync(0xffffffffu, until < rank));
    int digit = lane * EACH;
    int rest = rank - (until - mine);
    if (lane == owner) {
        while (histogram[slot(digit)] < rest) rest -= histogram[slot(digit++)];
    }
    rank = __shfl_sync(0xffffffffu, rest, owner);
    return __shfl_sync(0xffffffffu, digit, owner);
}

// chosen[n] ← 1 for the `count` smallest of keys[n] ^ flip, ties to the lower index, 0 for the others.
__device__ __forceinline__ void mark_smallest(
    uint8_t* __restrict__ chosen, const uint32_t* __restrict__ keys, uint32_t flip, int patches, int count) {
    __shared__ int histogram[DIGITS];
    __shared__ int warps[WARPS];
    __shared__ int found[2];
    uint32_t prefix = 0;
    int rank = count;
    for (int shift = 24; shift >= 0 && count > 0; shift -= 8) {
        if (threadIdx.x < DIGITS) histogram[threadIdx.x] = 0;
        __syncthreads();
        for (int n = threadIdx.x; n < patches; n += THREADS) {
            const uint32_t key = keys[n] ^ flip;
            // Shifts of 32 are undefined: the first digit has no prefix.
            if (shift == 24 || key >> (shift + 8) == prefix)
                atomicAdd(&histogram[slot(key >> shift & (DIGITS - 1))], 1);
        }
        __syncthreads();
        if (threadIdx.x < WARP) {
            const int digit = digit_of(histogram, rank);
            if (threadIdx.x == 0) {
                found[0] = digit;
                found[1] = rank;
            }
        }
        __syncthreads();
        prefix = prefix << 8 | static_cast<uint32_t>(found[0]);
        rank = found[1];
    }
    int equals = 0;
    for (int from = 0; from < patches; from += THREADS) {
        const int n = from + threadIdx.x;
        const uint32_t key = n < patches ? keys[n] ^ flip : 0xffffffffu;
        const bool equal = n < patches && key == prefix;
        const Place at = place(equal, warps);
        if (n < patches) chosen[n] = count > 0 && (key < prefix || (equal && equals + at.before < rank));
        equals += at.all;
    }
    __syncthreads();
}

// Leaves those of the chosen tokens hidden that the draws say, in ascending order of index.
__device__ __forceinline__ void thin(uint8_t* __restrict__ hidden, const Rule& rule, int patches) {
    __shared__ int warps[WARPS];
    int before = 0;
    for (int from = 0; from < patches; from += THREADS) {
        const int n = from + threadIdx.x;
        const bool chosen = n < patches && hidden[n];
        const Place at = place(chosen, warps);
        if (chosen) hidden[n] = rule.hides(blockIdx.x, before + at.before);
        before += at.all;
    }
    __syncthreads();
}

// memory.revealed[rank] ← 1 for the ranks that image b reveals: the first steps of a shuffle of 0 .. pool-1.
__device__ __forceinline__ void draw(const Memory& memory, const Rule& rule) {
    for (int i = threadIdx.x; i < rule.pool; i += THREADS) {
        memory.ranks[i] = i;
        memory.revealed[i] = 0;
    }
    // Where step i takes its rank from; `pool` is not needed before.
    for (int i = threadIdx.x; i < rule.reveal; i += THREADS) {
        const uint32_t word = stream_word(rule.seed, MASK_REVEAL, rule.step, rule.part.place(blockIdx.x), i);
        memory.pool[i] = i + static_cast<int>(__umulhi(word, static_cast<uint32_t>(rule.pool - i)));
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 0; i < rule.reveal; ++i) {
            const int j = memory.pool[i];
            memory.revealed[memory.ranks[j]] = 1;
            memory.ranks[j] = memory.ranks[i];
        }
    }
    __syncthreads();
}

// Shows the tokens of the drawn ranks again. memory.keys ^ flip rise as attention falls.
__device__ __forceinline__ void reveal(const Memory& memory, const Rule& rule, uint32_t flip, int patches) {
    __shared__ int warps[WARPS];
    draw(memory, rule);
    mark_smallest(memory.inPool, memory.keys, flip, patches, rule.pool);
    int listed = 0;
    for (int from = 0; from < patches; from += THREADS) {
        const int n = from + threadIdx.x;
        const bool listedHere = n < patches && memory.inPool[n];
        const Place at = place(listedHere, warps);
        if (listedHere) memory.pool[listed + at.before] = n;
        listed += at.all;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < rule.pool; i += THREADS) {
        const uint32_t mine = memory.keys[memory.pool[i]] ^ flip;
        int rank = 0;
        for (int j = 0; j < rule.pool; ++j) {
            const uint32_t other = memory.keys[memory.pool[j]] ^ flip;
            rank += other < mine || (other == mine && j < i);
        }
        if (memory.revealed[rank]) memory.hidden[memory.pool[i]] = 0;
    }
    __syncthreads();
}

// rows[first ..] ← the hidden tokens of image b as rows of packed tokens.
__device__ __forceinline__ void list(int* __restrict__ rows, const uint8_t* __restrict__ hidden, int patches) {
    __shared__ int warps[WARPS];
    for (int from = 0; from < patches; from += THREADS) {
        const int n = from + threadIdx.x;
        const bool mine = n < patches && hidden[n];
        const Place at = place(mine, warps);
        if (mine) rows[at.before] = static_cast<int>(blockIdx.x) * (patches + 1) + 1 + n;
        rows += at.all;
    }
}

// Tokens that earlier images hide, where each draws for itself.
__device__ __forceinline__ int drawn_before(const Rule& rule) {
    __shared__ int sum;
    if (threadIdx.x == 0) sum = 0;
    __syncthreads();
    const int quads = (rule.count + 3) / 4;
    int mine = 0;
    for (int i = threadIdx.x; i < static_cast<int>(blockIdx.x) * quads; i += THREADS) {
        const int image = i / quads;
        if (rule.masks(image)) mine += rule.hidden(image, i % quads);
    }
    atomicAdd(&sum, mine);
    __syncthreads();
    return sum;
}

// Tokens that earlier images hide.
__device__ __forceinline__ int hidden_before(const Rule& rule) {
    if (rule.chance < ALWAYS) return drawn_before(rule);
    __shared__ int warps[WARPS];
    int masked = 0;
    for (int from = 0; from < static_cast<int>(blockIdx.x); from += THREADS) {
        const int image = from + threadIdx.x;
        masked += place(image < static_cast<int>(blockIdx.x) && rule.masks(image), warps).all;
    }
    return masked * (rule.count - rule.reveal);
}

// mask and, if wanted, rows from memory.scores.
__device__ __forceinline__ void select(
    uint8_t* __restrict__ mask, int* __restrict__ rows, const Memory& memory, const Rule& rule, int patches) {
    mask += static_cast<size_t>(blockIdx.x) * patches;
    if (!rule.masks(blockIdx.x)) {
        for (int n = threadIdx.x; n < patches; n += THREADS) mask[n] = 0;
        return;
    }
    __syncthreads();
    for (int n = threadIdx.x; n < patches; n += THREADS) memory.keys[n] = sortable(memory.scores[n]);
    __syncthreads();
    const uint32_t falling = 0xffffffffu;
    mark_smallest(memory.hidden, memory.keys, rule.highest ? falling : 0u, patches, rule.count);
    if (rule.chance < ALWAYS) thin(memory.hidden, rule, patches);
    if (rule.reveal > 0) reveal(memory, rule, falling, patches);
    for (int n = threadIdx.x; n < patches; n += THREADS) mask[n] = memory.hidden[n];
    if (rows != nullptr) list(rows + hidden_before(rule), memory.hidden, patches);
}

// scores (B, N) and memory.scores from qkv.
template <typename T>
__device__ __forceinline__ void score(float* __restrict__ scores, const Memory& memory, const T* __restrict__ qkv,
    int tokens, int heads, int width, float scale) {
    attend(memory, qkv, tokens, heads, width, scale);
    for (int n = threadIdx.x; n < tokens - 1; n += THREADS)
        scores[static_cast<size_t>(blockIdx.x) * (tokens - 1) + n] = memory.scores[n];
}

}  // namespace attmask

#define KERNEL extern "C" __global__ void __launch_bounds__(attmask::THREADS, attmask::BLOCKS)

// mask and, unless null, rows from scores. `coin` and `chance`: 2²⁴ times the probability of an image to be masked, and
// of a chosen token to be hidden, rounded up.
KERNEL attention_mask_select(uint8_t* __restrict__ mask, int* __restrict__ rows, const float* __restrict__ scores,
    int patches, int highest, int count, int chance, int pool, int reveal, int coin, uint64_t seed, int step,
    int first, int images, int batch) {
    const attmask::Memory memory(1 + patches);
    const attmask::Rule rule = {highest != 0, count, static_cast<uint32_t>(chance), pool, reveal,
        static_cast<uint32_t>(coin), seed, static_cast<uint32_t>(step), {first, images, batch}};
    for (int n = threadIdx.x; n < patches; n += attmask::THREADS)
        memory.scores[n] = scores[static_cast<size_t>(blockIdx.x) * patches + n];
    attmask::select(mask, rows, memory, rule, patches);
}

// scores from qkv; and both at once.
#define FROM_QKV(TYPE, T)                                                                                             \
    KERNEL attention_mask_scores##TYPE(                                                                               \
        float* __restrict__ scores, const T* __restrict__ qkv, int tokens, int heads, int width, float scale) {       \
        attmask::score(scores, attmask::Memory(tokens), qkv, tokens, heads, width, scale);                            \
    }                                                                                                                 \
    KERNEL attention_mask_choose##TYPE(uint8_t* __restrict__ mask, int* __restrict__ rows, float* __restrict__ scores,\
        const T* __restrict__ qkv, int tokens, int heads, int width, int highest, int count, int chance, int pool,    \
        int reveal, int coin, uint64_t seed, int step, int first, int images, int batch, float scale) {               \
        const attmask::Memory memory(tokens);                                                                         \
        const attmask::Rule rule = {highest != 0, count, static_cast<uint32_t>(chance), pool, reveal,                 \
            static_cast<uint32_t>(coin), seed, static_cast<uint32_t>(step), {first, images, batch}};                  \
        attmask::score(scores, memory, qkv, tokens, heads, width, scale);                                             \
        attmask::select(mask, rows, memory, rule, tokens - 1);                                                        \
    }

FROM_QKV(, float)
FROM_QKV(_bf16, attmask::Bf16)

// rows from mask, where images hide different numbers of tokens.
KERNEL attention_mask_rows(int* __restrict__ rows, const uint8_t* __restrict__ mask, int patches) {
    __shared__ int warps[attmask::WARPS];
    const size_t before = static_cast<size_t>(blockIdx.x) * patches;
    int first = 0;
    for (size_t from = 0; from < before; from += attmask::THREADS) {
        const size_t i = from + threadIdx.x;
        first += attmask::place(i < before && mask[i], warps).all;
    }
    attmask::list(rows + first, mask + before, patches);
}
