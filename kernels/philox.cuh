// Philox4x32-10 (Salmon et al., SC 2011) and the streams of attmask.random.RandomStream: the CPU's numbers.
#pragma once
#include <cstdint>

namespace attmask {

// Ordinals of RandomStream.Purpose.
constexpr uint32_t MASK_COIN = 4;
constexpr uint32_t MASK_REVEAL = 5;

// The four words of one counter.
__device__ __forceinline__ uint4 philox(uint64_t key, uint4 counter) {
    uint32_t k0 = static_cast<uint32_t>(key);
    uint32_t k1 = static_cast<uint32_t>(key >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const uint32_t high0 = __umulhi(0xD2511F53u, counter.x);
        const uint32_t low0 = 0xD2511F53u * counter.x;
        const uint32_t high1 = __umulhi(0xCD9E8D57u, counter.z);
        const uint32_t low1 = 0xCD9E8D57u * counter.z;
        counter = make_uint4(high1 ^ counter.y ^ k0, low1, high0 ^ counter.w ^ k1, low0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return counter;
}

// Word i of the stream (seed, purpose, a, b).
__device__ __forceinline__ uint32_t stream_word(uint64_t seed, uint32_t purpose, uint32_t a, uint32_t b, uint32_t i) {
    const uint4 words = philox(seed, make_uint4(i / 4, a, b, purpose));
    return i % 4 == 0 ? words.x : i % 4 == 1 ? words.y : i % 4 == 2 ? words.z : words.w;
}

}  // namespace attmask
