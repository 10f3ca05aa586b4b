// Neighbouring floats moved together: 16-byte accesses where every row starts on 16 bytes, single floats otherwise.
#pragma once
#include <cstdint>

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

template <typename... P>
__device__ __forceinline__ bool aligned(const P*... arrays) {
    return ((reinterpret_cast<uintptr_t>(arrays) | ...) & 15) == 0;
}

template <int V>
struct Width {
    static constexpr int value = V;
};

// Calls body with Width<4> if rows of `width` floats in all these arrays (null ones too) start on 16 bytes, or with
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
template <typename F, typename... X>
__device__ __forceinline__ void map(int block, float* y, int64_t count, F f, const X*... x) {
    const int64_t i = 4 * (int64_t(block) * blockDim.x + threadIdx.x);
    if (i + 4 <= count && aligned(y, x...)) {
        store(y + i, zip(f, load<4>(x + i)...));
    } else {
#pragma unroll 1
        for (int64_t j = i; j < min(i + 4, count); ++j) y[j] = f(x[j]...);
    }
}

}  // namespace attmask
