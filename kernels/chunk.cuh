// Parameters of a flat tensor cut into pieces of bounded size, so that one launch serves segments of one element and of
// millions alike: a block takes a chunk, and no chunk crosses a segment's end.
#pragma once

namespace attmask {

// As SegmentTable writes it.
struct alignas(16) Chunk {
    long long offset;  // first element
    int count;
    int segment;
};

}  // namespace attmask
