package attmask.ptx;

import java.util.BitSet;

/**
 * Which accesses to global memory race. Blocks of one launch run in no order, so any two accesses of different blocks
 * to the same bytes race if one is a write, unless both are atomic, or the earlier block published what it did (a fence,
 * then an atomic) and the later one looked (an atomic). Within a block it goes by {@link ThreadOrder}. A stamp says
 * which block of which launch it was, and below that which thread, as a stamp of ThreadOrder with the block's own time.
 */
final class BlockOrder {
    private static final int TIME_BITS = 20;
    private static final int BLOCK_SHIFT = ThreadOrder.TIME_SHIFT + TIME_BITS;
    private static final int BLOCK_BITS = 19;
    private static final int SEVERAL = (1 << BLOCK_BITS) - 1;
    private static final int EPOCH_SHIFT = BLOCK_SHIFT + BLOCK_BITS;
    private static final int EPOCHS = 1 << 63 - EPOCH_SHIFT;

    private final BitSet published = new BitSet();
    private ThreadOrder threads;
    private int epoch;
    private int shift;
    private int block;
    /** Stamps of earlier launches are below. */
    private long floor;
    /** Launch and block of the running block's stamps, less the time that its clock shows at its start. */
    private long base;

    private boolean fenced;
    private boolean looked;

    /** @return true when stamps of earlier launches could be taken for new ones, so that all must be forgotten */
    boolean startLaunch(int granule) {
        shift = Integer.numberOfTrailingZeros(granule);
        published.clear();
        epoch = (epoch + 1) % EPOCHS;
        boolean wrapped = epoch == 0;
        epoch = Math.max(epoch, 1);
        floor = (long) epoch << EPOCH_SHIFT;
        return wrapped;
    }

    void startBlock(int number, ThreadOrder order) {
        threads = order;
        block = Math.min(number, SEVERAL - 1);
        base = (floor | (long) block << BLOCK_SHIFT) - order.barrier();
        fenced = false;
        looked = false;
    }

    /** log2 of the bytes that one stamp is for. */
    int shift() {
        return shift;
    }

    /** Stamps below are of earlier launches. */
    long floor() {
        return floor;
    }

    long stamp(int thread) {
        return base + threads.stamp(thread);
    }

    /** A fence by the running block: its writes so far are seen before what it does next. */
    void fence() {
        fenced = true;
    }

    /** A plain write by the running block is not published until the next fence and atomic. */
    void wrote() {
        fenced = false;
        if (published.get(block)) {
            published.clear(block);
        }
    }

    /** An atomic by the running block. */
    void atomic() {
        looked = true;
        if (fenced) {
            published.set(block);
        }
    }

    private static int block(long stamp) {
        return (int) (stamp >>> BLOCK_SHIFT) & SEVERAL;
    }

    /** Whether an access of the running block's thread races with an earlier one of this launch. */
    boolean races(long earlier, int thread, boolean atomic) {
        int who = block(earlier);
        if (who == block) {
            long stamp = earlier - base;
            return stamp >= threads.barrier() && threads.races(stamp, thread, atomic);
        }
        if (atomic && (earlier & ThreadOrder.ATOMIC) != 0) {
            return false;
        }
        return !(looked && (who == SEVERAL || published.get(who)));
    }

    /** Whether a stamp of this launch is the running block's. */
    boolean isMine(long stamp) {
        return block(stamp) == block;
    }

    /** The stamp of those who read, or atomically wrote, after a thread of the running block did so too. */
    long joined(long earlier, int thread) {
        if (earlier < floor) {
            return stamp(thread);
        }
        if (block(earlier) != block) {
            return floor | (long) SEVERAL << BLOCK_SHIFT;
        }
        long stamp = earlier - base;
        return stamp < threads.barrier() ? stamp(thread) : base + threads.joined(stamp, thread);
    }

    /** Who left a stamp, for messages. */
    String name(long stamp) {
        int who = block(stamp);
        return who == block ? ThreadOrder.name(stamp) : who == SEVERAL ? "several blocks" : "block number " + who;
    }
}
