package attmask.ops.cuda;

import attmask.cuda.Driver;
import attmask.ops.Segment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Segments of a flat tensor cut into chunks of bounded size, on the device, as kernels/chunk.cuh reads them. Segments
 * are the same step after step; the table is written when they are not.
 */
final class SegmentTable {
    /** Elements of a chunk: 16 for each thread of a block, so that even a small network fills the device. */
    static final int CHUNK = 4096;

    private static final int CHUNK_BYTES = 16;

    private final Kernels kernels;
    private final DeviceBuffer memory;
    private final List<Segment> known = new ArrayList<>();
    private int chunks;
    private long address;

    SegmentTable(Kernels kernels) {
        this.kernels = kernels;
        memory = kernels.buffer();
    }

    /** Makes the device's table that of these entries' segments. */
    <T> void update(List<T> entries, Function<T, Segment> segment) {
        if (same(entries, segment)) {
            return;
        }
        known.clear();
        entries.forEach(entry -> known.add(segment.apply(entry)));
        chunks = known.stream().mapToInt(SegmentTable::chunksOf).reduce(0, Math::addExact);
        int bytes = Math.addExact(Math.multiplyExact(chunks, CHUNK_BYTES), (known.size() + 1) * Integer.BYTES);
        address = memory.ofAtLeast(bytes);
        kernels.driver().upload(Driver.Stream.MAIN, address, write(kernels.staging(bytes)));
    }

    private <T> boolean same(List<T> entries, Function<T, Segment> segment) {
        if (address == 0 || entries.size() != known.size()) {
            return false;
        }
        for (int i = 0; i < known.size(); i++) {
            if (!segment.apply(entries.get(i)).equals(known.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** All chunks, then the first chunk of each segment and their number. */
    private ByteBuffer write(ByteBuffer staging) {
        for (int s = 0; s < known.size(); s++) {
            Segment segment = known.get(s);
            for (long from = 0; from < segment.length(); from += CHUNK) {
                staging.putLong(segment.offset() + from)
                        .putInt((int) Math.min(CHUNK, segment.length() - from))
                        .putInt(s);
            }
        }
        int first = 0;
        for (Segment segment : known) {
            staging.putInt(first);
            first += chunksOf(segment);
        }
        return staging.putInt(first).flip();
    }

    private static int chunksOf(Segment segment) {
        return (int) (((long) segment.length() + CHUNK - 1) / CHUNK);
    }

    /** Number of chunks. */
    int chunks() {
        return chunks;
    }

    /** Address of the chunks. */
    long address() {
        return address;
    }

    /** Address of (segments + 1) numbers: each segment's first chunk, and the number of chunks. */
    long firstChunks() {
        return address + (long) chunks * CHUNK_BYTES;
    }
}
