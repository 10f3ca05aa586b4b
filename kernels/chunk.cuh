// Parameters of a flat tensor cut into pieces of bounded size, so that one launch serves segments of one element and of
// millions alike: a block takes a chunk, and no chunk crosses a segment's end.
#pragma once
#include "vectors.cuh"

namespace attmask {

// As SegmentTable writes it.
struct alignas(16) Chunk {
    int64_t offset;  // first element
    int count;
    int segment;
};

// Calls f(offset in the chunk, Width<4> or Width<1>) for all elements of a chunk of these arrays.
template <typename F, typename... P>
__device__ __forceinline__ void elements(const Chunk& chunk, F f, const P*... arrays) {
    const int wide = aligned(arrays + chunk.offset...) ? chunk.count / 4 * 4 : 0;
#pragma unroll 4
    for (int i = 4 * threadIdx.x; i < wide; i += 4 * blockDim.x) f(i, Width<4>());
#pragma unroll 1
    for (int i = wide + threadIdx.x; i < chunk.count; i += blockDim.x) f(i, Width<1>());
}

}  // namespace attmask
