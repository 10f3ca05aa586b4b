// Neighbouring numbers moved together, four where every row starts on a multiple of four, singly otherwise. In memory
// they are float32 (16 bytes for four) or bfloat16 (8 bytes), in registers always float32.
#pragma once
#include <cstdint>

#include "bf16.cuh"
#include "common.cuh"

namespace attmask {

template <int V>
struct alignas(4 * V) Pack {
    float at[V];
};

template <int V>
__device__ __forceinline__ Pack<V> load(const float* from) {
    return *reinterpret_cast<const Pack<V>*>(from);
}

template <int V>
__device__ __forceinline__ void store(float* to, const Pack<V>& values) {
    *reinterpret_cast<Pack<V>*>(to) = values;
}

template <int V>
__device__ __forceinline__ Pack<V> load(const Bf16* from) {
    if constexpr (V == 4) {
        const uint2 pairs = *reinterpret_cast<const uint2*>(from);
        return {low_half(pairs.x), high_half(pairs.x), low_half(pairs.y), high_half(pairs.y)};
    } else {
        static_assert(V == 1);
        return {low_half(*reinterpret_cast<const uint16_t*>(from))};
    }
}

template <int V>
__device__ __forceinline__ void store(Bf16* to, const Pack<V>& values) {
    if constexpr (V == 4) {
        *reinterpret_cast<uint2*>(to) = make_uint2(pack(values.at[0], values.at[1]), pack(values.at[2], values.at[3]));
    } else {
        static_assert(V == 1);
        *to = __float2bfloat16_rn(values.at[0]);
    }
}

template <int V>
__device__ __forceinline__ void operator+=(Pack<V>& sum, const Pack<V>& values) {
#pragma unroll
    for (int k = 0; k < V; ++k) sum.at[k] += values.at[k];
}

template <int V>
__device__ __forceinline__ void operator-=(Pack<V>& difference, const Pack<V>& values) {
#pragma unroll
    for (int k = 0; k < V; ++k) difference.at[k] -= values.at[k];
}

// f of each element of equally long packs.
template <int V, typename F, typename... More>
__device__ __forceinline__ Pack<V> zip(F f, const Pack<V>& first, const More&... more) {
    Pack<V> result;
#pragma unroll
    for (int k = 0; k < V; ++k) result.at[k] = f(first.at[k], more.at[k]...);
    return result;
}

// True if four numbers from each of these on can be moved at once.
template <typename... P>
__device__ __forceinline__ bool aligned(const P*... arrays) {
    return (((reinterpret_cast<uintptr_t>(arrays) * (sizeof(float) / sizeof(P))) | ...) & 15) == 0;
}

template <int V>
struct Width {
    static constexpr int value = V;
};

// Calls body with Width<4> if rows of `width` numbers in all these arrays (null ones too) can be moved by fours, or with
// Width<1>. All threads go the same way.
template <typename Body, typename... P>
__device__ __forceinline__ void vectorised(int width, Body body, const P*... arrays) {
    if (width % 4 == 0 && aligned(arrays...)) {
        body(Width<4>());
    } else {
        body(Width<1>());
    }
}

// y[i] = f(x[i]...) for i < count. A thread takes four neighbours; `block` is the number of the block of threads. y may
// be one of the x.
template <typename F, typename Y, typename... X>
__device__ __forceinline__ void map(int block, Y* y, int64_t count, F f, const X*... x) {
    const int64_t i = 4 * (int64_t(block) * blockDim.x + threadIdx.x);
    if (i + 4 <= count && aligned(y, x...)) {
        store(y + i, zip(f, load<4>(x + i)...));
    } else {
#pragma unroll 1
        for (int64_t j = i; j < min(i + 4, count); ++j) store(y + j, zip(f, load<1>(x + j)...));
    }
}

}  // namespace attmask
