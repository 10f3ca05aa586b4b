package attmask.ops.cpu;

import attmask.ops.Segment;
import java.util.Arrays;
import java.util.List;

/** Segments of a flat tensor cut into chunks of at most {@link #SIZE} elements; no chunk crosses a segment's end. */
final class SegmentChunks {
    static final int SIZE = 8192;

    private final List<Segment> segments;
    /** first[i] is the number of segment i's first chunk; one more entry holds the number of chunks. */
    private final int[] first;

    SegmentChunks(List<Segment> segments) {
        this.segments = segments;
        first = new int[segments.size() + 1];
        for (int i = 0; i < segments.size(); i++) {
            first[i + 1] =
                    Math.addExact(first[i], Workers.chunks(segments.get(i).length(), SIZE));
        }
    }

    /** Number of chunks. */
    int count() {
        return first[segments.size()];
    }

    /** The first chunk of segment {@code segment}, or for the number of segments {@link #count}. */
    int firstOf(int segment) {
        return first[segment];
    }

    /** The segment of a chunk. */
    int segmentOf(int chunk) {
        int found = Arrays.binarySearch(first, chunk);
        if (found < 0) {
            return -found - 2;
        }
        // Empty segments share their number with the next; the chunk belongs to the last of them.
        while (first[found + 1] == chunk) {
            found++;
        }
        return found;
    }

    /** First element of a chunk. */
    long from(int chunk) {
        int segment = segmentOf(chunk);
        return segments.get(segment).offset() + (long) (chunk - first[segment]) * SIZE;
    }

    /** Number of elements of a chunk. */
    int size(int chunk) {
        int segment = segmentOf(chunk);
        return Math.min(SIZE, segments.get(segment).length() - (chunk - first[segment]) * SIZE);
    }
}
