package attmask.ptx;

import java.util.Arrays;

/**
 * One block's shared memory with its shadows: which bytes hold something, and for every granule (the kernel's smallest
 * access) who wrote and who read it last, and when.
 */
final class SharedMemory {
    /** States of a byte. */
    static final byte UNWRITTEN = 0;

    static final byte WRITTEN = 1;
    /** A cp.async is under way. */
    static final byte PENDING = 2;

    final byte[] data;
    final byte[] state;
    private final ThreadOrder order;
    private final long[] writers;
    private final long[] readers;
    private final int shift;

    SharedMemory(int bytes, int granule, ThreadOrder order) {
        this.order = order;
        data = new byte[bytes];
        state = new byte[bytes];
        shift = Integer.numberOfTrailingZeros(granule);
        writers = new long[(bytes >> shift) + 1];
        readers = new long[(bytes >> shift) + 1];
    }

    void startBlock() {
        Arrays.fill(state, UNWRITTEN);
    }

    /**
     * Notes a read by a thread or by {@link ThreadOrder#lanesOf several lanes}.
     *
     * @return 0, or the stamp of the write it races with
     */
    long read(int at, int bytes, int who) {
        long barrier = order.barrier();
        long mine = order.stamp(who);
        long joint = order.joint(who);
        long several = order.several();
        for (int g = at >> shift, end = at + bytes - 1 >> shift; g <= end; g++) {
            long writer = writers[g];
            if (writer >= barrier && order.races(writer, who, false)) {
                return writer;
            }
            long reader = readers[g];
            if (reader != mine && reader != joint && reader != several) {
                readers[g] = reader < barrier ? mine : order.joined(reader, who);
            }
        }
        return 0;
    }

    /** Notes a thread's write; 0, or the stamp of the access it races with. */
    long write(int at, int bytes, int thread, boolean atomic) {
        long barrier = order.barrier();
        long mine = order.stamp(thread) | (atomic ? ThreadOrder.ATOMIC : 0);
        for (int g = at >> shift, end = at + bytes - 1 >> shift; g <= end; g++) {
            long writer = writers[g];
            if (writer >= barrier && order.races(writer, thread, atomic)) {
                return writer;
            }
            long reader = readers[g];
            if (reader >= barrier && order.races(reader, thread, false)) {
                return reader;
            }
            writers[g] = atomic && writer >= barrier ? order.joined(writer, thread) | ThreadOrder.ATOMIC : mine;
        }
        return 0;
    }
}
