package attmask.ptx;

import java.util.Arrays;

/** A warp's cp.async copies that nobody has waited for yet: they happen as late as they may. */
final class PendingCopies {
    /** Groups that each lane has committed. */
    final int[] committed = new int[Warp.LANES];

    private int count;
    private int[] lanes = new int[64];
    private int[] groups = new int[64];
    private int[] targets = new int[64];
    private int[] offsets = new int[64];
    private int[] bytes = new int[64];
    private int[] valid = new int[64];
    private Allocation[] sources = new Allocation[64];

    void clear() {
        count = 0;
        Arrays.fill(committed, 0);
    }

    /** {@code bytes} from shared offset {@code target}: the first {@code valid} of the source, then zeros. */
    void add(int lane, int target, Allocation source, int offset, int size, int valid) {
        if (count == lanes.length) {
            grow();
        }
        lanes[count] = lane;
        groups[count] = committed[lane];
        targets[count] = target;
        sources[count] = source;
        offsets[count] = offset;
        bytes[count] = size;
        this.valid[count++] = valid;
    }

    private void grow() {
        int size = 2 * count;
        lanes = Arrays.copyOf(lanes, size);
        groups = Arrays.copyOf(groups, size);
        targets = Arrays.copyOf(targets, size);
        offsets = Arrays.copyOf(offsets, size);
        bytes = Arrays.copyOf(bytes, size);
        valid = Arrays.copyOf(valid, size);
        sources = Arrays.copyOf(sources, size);
    }

    /** What to do with a copy that is due. */
    interface Due {
        void copy(int lane, int target, Allocation source, int offset, int bytes, int valid);
    }

    /** Hands over the copies of these lanes but for those of the last {@code open} groups; all of them for −1. */
    void finish(int mask, int open, Due due) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int lane = lanes[i];
            boolean ready = (mask >> lane & 1) != 0 && (open < 0 || groups[i] < committed[lane] - open);
            if (ready) {
                due.copy(lane, targets[i], sources[i], offsets[i], bytes[i], valid[i]);
            } else {
                lanes[kept] = lane;
                groups[kept] = groups[i];
                targets[kept] = targets[i];
                offsets[kept] = offsets[i];
                bytes[kept] = bytes[i];
                valid[kept] = valid[i];
                sources[kept++] = sources[i];
            }
        }
        count = kept;
    }
}
