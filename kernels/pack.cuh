// N neighbouring floats in one access: 4 (16 bytes) where rows allow it, 1 where not.
#pragma once

namespace attmask {

template <int N>
struct alignas(4 * N) Pack {
    float at[N];
};

template <int N>
__device__ __forceinline__ Pack<N> load(const float* from) {
    return *reinterpret_cast<const Pack<N>*>(from);
}

template <int N>
__device__ __forceinline__ void store(float* to, const Pack<N>& values) {
    *reinterpret_cast<Pack<N>*>(to) = values;
}

// True if 16 bytes can be read at once from here on.
__device__ __forceinline__ bool aligned(const float* p) { return reinterpret_cast<unsigned long long>(p) % 16 == 0; }

}  // namespace attmask
