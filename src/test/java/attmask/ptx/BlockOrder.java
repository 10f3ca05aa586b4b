package attmask.ptx;

import java.util.BitSet;

/**
 * Which accesses of different blocks to global memory race. Blocks of one launch run in no order, so any two accesses
 * to the same bytes race if one is a write, unless both are atomic, or the earlier block published what it did (a fence,
 * then an atomic) and the later one looked (an atomic). A stamp says which block of which launch it was: launch number,
 * a bit for atomic, block number.
 */
final class BlockOrder {
    private static final int BLOCK_BITS = 19;
    private static final int SEVERAL = (1 << BLOCK_BITS) - 1;
    private static final int ATOMIC = 1 << BLOCK_BITS;
    private static final int EPOCH_SHIFT = BLOCK_BITS + 1;
    private static final int EPOCHS = 1 << 31 - EPOCH_SHIFT;

    private final BitSet published = new BitSet();
    private int epoch;
    private int shift;
    private int block;
    /** Stamps of earlier launches are below. */
    private int floor;

    private int stamp;
    private boolean fenced;
    private boolean looked;

    /** @return true when stamps of earlier launches could be taken for new ones, so that all must be forgotten */
    boolean startLaunch(int granule) {
        shift = Integer.numberOfTrailingZeros(granule);
        published.clear();
        epoch = (epoch + 1) % EPOCHS;
        if (epoch == 0) {
            epoch = 1;
            return true;
        }
        return false;
    }

    void startBlock(int number) {
        block = Math.min(number, SEVERAL - 1);
        floor = epoch << EPOCH_SHIFT;
        stamp = floor | block;
        fenced = false;
        looked = false;
    }

    /** log2 of the bytes that one stamp is for. */
    int shift() {
        return shift;
    }

    int stamp() {
        return stamp;
    }

    int atomicStamp() {
        return stamp | ATOMIC;
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

    /** Whether an access of the running block races with an earlier one. */
    boolean races(int earlier, boolean atomic) {
        if (earlier < floor || (earlier & SEVERAL) == block) {
            return false;
        }
        if (atomic && (earlier & ATOMIC) != 0) {
            return false;
        }
        int who = earlier & SEVERAL;
        return !(looked && (who == SEVERAL || published.get(who)));
    }

    /** Whether a stamp of this launch is the running block's. */
    boolean isMine(int any) {
        return any >= floor && (any & SEVERAL) == block;
    }

    /** The reader's stamp after the running block read too. */
    int joined(int reader) {
        return reader >= floor && (reader & SEVERAL) != block ? floor | SEVERAL : stamp;
    }

    /** For messages: the block's number within the grid. */
    static String name(int stamp) {
        int who = stamp & SEVERAL;
        return who == SEVERAL ? "several blocks" : "block number " + who;
    }
}
