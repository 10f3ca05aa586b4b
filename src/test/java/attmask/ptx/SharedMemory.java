package attmask.ptx;

import java.util.Arrays;

/**
 * One block's shared memory with its shadows. Every granule (the kernel's smallest access) remembers who wrote and who
 * read it last, and when; two accesses of different threads race unless a barrier that both took part in lies between
 * them: that of the block, or that of their warp. Atomics do not race with one another.
 */
final class SharedMemory {
    /** States of a byte. */
    static final byte UNWRITTEN = 0;

    static final byte WRITTEN = 1;
    /** A cp.async is under way. */
    static final byte PENDING = 2;

    /** A stamp: time, a bit for atomic, then who + 1: a thread, or 1024 + a warp, or several warps. */
    private static final int WHO_BITS = 12;

    private static final long ATOMIC = 1L << WHO_BITS;
    private static final int TIME_SHIFT = WHO_BITS + 1;
    private static final int WARPS = 1024;
    private static final int SEVERAL = 2047;

    final byte[] data;
    final byte[] state;
    private final long[] writers;
    private final long[] readers;
    private final int shift;
    private long clock = 1;
    private long blockSync = 1;
    private final long[] warpSync = new long[32];
    private final long[] laneSync = new long[WARPS];
    private final int[] laneGroup = new int[WARPS];

    SharedMemory(int bytes, int granule) {
        data = new byte[bytes];
        state = new byte[bytes];
        shift = Integer.numberOfTrailingZeros(granule);
        writers = new long[(bytes >> shift) + 1];
        readers = new long[(bytes >> shift) + 1];
    }

    /** A new block: time goes on, so old stamps are in order with everything. */
    void startBlock() {
        Arrays.fill(state, UNWRITTEN);
        syncBlock();
    }

    void syncBlock() {
        blockSync = ++clock;
    }

    /** A barrier of these lanes of a warp. */
    void syncWarp(int warp, int lanes, boolean all) {
        clock++;
        if (all) {
            warpSync[warp] = clock;
            return;
        }
        for (int k = lanes; k != 0; k &= k - 1) {
            int thread = warp * Warp.LANES + Integer.numberOfTrailingZeros(k);
            laneSync[thread] = clock;
            laneGroup[thread] = lanes;
        }
    }

    /** Whether {@code who}, a thread or several lanes of a warp, races with an access since the last block barrier. */
    private boolean races(long stamp, int who, boolean atomic) {
        int earlier = (int) (stamp & (1 << WHO_BITS) - 1) - 1;
        if (earlier == who && who < WARPS || atomic && (stamp & ATOMIC) != 0) {
            return false;
        }
        int warp = warpOf(who);
        if (warpOf(earlier) != warp) {
            return true;
        }
        long when = stamp >>> TIME_SHIFT;
        boolean grouped =
                who < WARPS && earlier < WARPS && (laneGroup[who] >> earlier & 1) != 0 && when < laneSync[who];
        return when >= warpSync[warp] && !grouped;
    }

    private static int warpOf(int who) {
        return who >= WARPS ? who - WARPS : who / Warp.LANES;
    }

    /** The stamp after {@code who} joins those who already read, or atomically wrote, since the last block barrier. */
    private long joined(long stamp, int who) {
        int now = who;
        if (races(stamp, who, false)) {
            int earlier = (int) (stamp & (1 << WHO_BITS) - 1) - 1;
            int warp = warpOf(who);
            now = warpOf(earlier) == warp ? WARPS + warp : SEVERAL;
        }
        return clock << TIME_SHIFT | now + 1;
    }

    /** How several lanes of a warp are called that read the same bytes at once. */
    static int lanesOf(int warp) {
        return WARPS + warp;
    }

    /**
     * Notes a read by a thread or by {@link #lanesOf several lanes}.
     *
     * @return 0, or the stamp of the write it races with
     */
    long read(int at, int bytes, int who) {
        long barrier = blockSync << TIME_SHIFT;
        long mine = clock << TIME_SHIFT | who + 1;
        long joint = clock << TIME_SHIFT | lanesOf(warpOf(who)) + 1;
        long several = clock << TIME_SHIFT | SEVERAL + 1;
        for (int g = at >> shift, end = at + bytes - 1 >> shift; g <= end; g++) {
            long writer = writers[g];
            if (writer >= barrier && races(writer, who, false)) {
                return writer;
            }
            long reader = readers[g];
            if (reader != mine && reader != joint && reader != several) {
                readers[g] = reader < barrier ? mine : joined(reader, who);
            }
        }
        return 0;
    }

    /** Notes a thread's write; 0, or the stamp of the access it races with. */
    long write(int at, int bytes, int thread, boolean atomic) {
        long barrier = blockSync << TIME_SHIFT;
        long mine = clock << TIME_SHIFT | (atomic ? ATOMIC : 0) | thread + 1;
        for (int g = at >> shift, end = at + bytes - 1 >> shift; g <= end; g++) {
            long writer = writers[g];
            if (writer >= barrier && races(writer, thread, atomic)) {
                return writer;
            }
            long reader = readers[g];
            if (reader >= barrier && races(reader, thread, false)) {
                return reader;
            }
            writers[g] = atomic && writer >= barrier ? joined(writer, thread) | ATOMIC : mine;
        }
        return 0;
    }

    /** Who left a stamp, for messages. */
    static String name(long stamp) {
        int who = (int) (stamp & (1 << WHO_BITS) - 1) - 1;
        return who == SEVERAL
                ? "threads of several warps"
                : who >= WARPS ? "threads of warp " + (who - WARPS) : "thread number " + who;
    }
}
