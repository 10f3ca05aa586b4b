package attmask.ptx;

/**
 * Which accesses of threads of one block race: any two to the same bytes by different threads, of which one writes,
 * unless a barrier that both took part in lies between them: that of the block, or that of their warp. Atomics do not
 * race with one another. A stamp says who it was and when: time, a bit for atomic, then who + 1: a thread, or 1024 + a
 * warp for several of its lanes, or threads of several warps.
 */
final class ThreadOrder {
    /** Bits of a stamp below its time. */
    static final int TIME_SHIFT = 13;

    static final long ATOMIC = 1L << 12;
    private static final int WHO = (1 << 12) - 1;
    private static final int WARPS = 1024;
    private static final int SEVERAL = 2047;

    private long clock = 1;
    private long blockSync = 1;
    private final long[] warpSync = new long[32];
    private final long[] laneSync = new long[WARPS];
    private final int[] laneGroup = new int[WARPS];

    /** How several lanes of a warp are called that read the same bytes at once. */
    static int lanesOf(int warp) {
        return WARPS + warp;
    }

    /** A barrier of the block, or a new block: time goes on, so older stamps are in order with everything. */
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

    /** Stamps below are older than the block's last barrier. */
    long barrier() {
        return blockSync << TIME_SHIFT;
    }

    long stamp(int who) {
        return clock << TIME_SHIFT | who + 1;
    }

    /** That of several lanes of a thread's warp. */
    long joint(int who) {
        return stamp(lanesOf(warpOf(who)));
    }

    long several() {
        return stamp(SEVERAL);
    }

    /** Whether {@code who} races with an access since the last block barrier. */
    boolean races(long stamp, int who, boolean atomic) {
        int earlier = (int) (stamp & WHO) - 1;
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
    long joined(long stamp, int who) {
        if (!races(stamp, who, false)) {
            return stamp(who);
        }
        return warpOf((int) (stamp & WHO) - 1) == warpOf(who) ? joint(who) : several();
    }

    /** Who left a stamp, for messages. */
    static String name(long stamp) {
        int who = (int) (stamp & WHO) - 1;
        return who == SEVERAL
                ? "threads of several warps"
                : who >= WARPS ? "threads of warp " + (who - WARPS) : "thread number " + who;
    }
}
