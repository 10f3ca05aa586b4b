// bfloat16: the upper half of a float32.
#pragma once
#include <cuda_bf16.h>

#include <cstdint>

namespace attmask {

using Bf16 = __nv_bfloat16;

// Two floats rounded to nearest, the first in the lower half.
__device__ __forceinline__ uint32_t pack(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const uint32_t*>(&pair);
}

// The numbers of a pair.
__device__ __forceinline__ float low_half(uint32_t pair) { return __uint_as_float(pair << 16); }

__device__ __forceinline__ float high_half(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

}  // namespace attmask
