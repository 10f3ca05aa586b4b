package attmask.ptx;

import java.util.Arrays;

/**
 * 32 lanes with their registers. Lanes at one place run together. Where they part, each group keeps its own place and
 * the one furthest behind runs first, which brings them together again; but no instruction counts on that: those that
 * synchronise wait for the lanes they name.
 */
final class Warp {
    static final int LANES = 32;

    final ThreadBlock block;
    final int index;
    final int[][] words;
    final long[][] longs;
    final int[] predicates;
    final int[] temporary = new int[LANES];
    final long[] longTemporary = new long[LANES];
    /** Where the lanes' current accesses lie. */
    final int[] offsets = new int[LANES];

    final PendingCopies copies = new PendingCopies();
    /** Every lane's own memory, one after the other. */
    final byte[] local;

    int started;
    int alive;
    /** Whether it stands at a block barrier. */
    boolean atBarrier;

    private final int[] lanes = new int[LANES + 1];
    private final int[] places = new int[LANES + 1];
    private int groups;

    Warp(ThreadBlock block, int index) {
        this.block = block;
        this.index = index;
        Slots slots = block.program.slots;
        words = new int[slots.wordCount()][LANES];
        longs = new long[slots.longCount()][LANES];
        predicates = new int[slots.predicateCount()];
        local = new byte[LANES * block.program.localBytes];
        slots.fillConstants(this);
    }

    void start(int present) {
        alive = present;
        started = present;
        groups = 1;
        lanes[0] = present;
        places[0] = 0;
        atBarrier = false;
        copies.clear();
        if (local.length > 0) {
            Arrays.fill(local, (byte) 0xA5);
        }
        block.program.slots.fillPlace(this);
    }

    /** Runs until every living lane has exited or all stand at a block barrier. */
    void run() {
        BasicBlock[] code = block.program.blocks;
        boolean resume = atBarrier;
        atBarrier = false;
        int waiting = 0;
        while (groups > 0) {
            int g = 0;
            if (groups > 1) {
                merge();
                g = furthestBehind(waiting);
                if (g < 0) {
                    throw deadlock();
                }
            }
            int mask = lanes[g];
            BasicBlock basic = code[places[g]];
            Instruction gate = basic.gate;
            if (gate != null) {
                int needed = gate.needs(this, mask);
                if ((mask & needed) != needed) {
                    waitOrFail(gate, mask, needed);
                    waiting |= mask;
                    continue;
                }
                if (basic.blockBarrier && !resume) {
                    atBarrier = true;
                    return;
                }
                resume = false;
            }
            waiting = 0;
            block.count(basic, mask);
            for (Instruction instruction : basic.instructions) {
                int active = instruction.guarded(this, mask);
                if (active != 0) {
                    instruction.execute(this, active);
                }
            }
            step(g, mask, basic);
        }
    }

    /** The barrier at which it stands. */
    Barriers.BlockBarrier barrier() {
        return (Barriers.BlockBarrier) block.program.blocks[places[0]].gate;
    }

    private void waitOrFail(Instruction gate, int mask, int needed) {
        int gone = needed & ~alive;
        if (gone != 0) {
            throw gate.fault(this, Instruction.first(gone), "barrier for a thread that has exited");
        }
        if (groups == 1) {
            throw gate.fault(this, Instruction.first(needed & ~mask), "barrier that misses a lane");
        }
    }

    private RuntimeException deadlock() {
        return barrier()
                .fault(
                        this,
                        Instruction.first(lanes[0]),
                        "divergent barrier: lanes " + Integer.toHexString(lanes[0])
                                + " wait here for lanes that wait elsewhere");
    }

    private void step(int g, int mask, BasicBlock basic) {
        switch (basic.end) {
            case FALL_THROUGH -> places[g]++;
            case BRANCH -> branch(g, mask, basic);
            case EXIT -> exit(g, mask, basic.taken(this, mask));
            case TABLE -> jump(g, mask, basic);
        }
    }

    private void branch(int g, int mask, BasicBlock basic) {
        int taken = basic.taken(this, mask);
        if (taken == mask) {
            places[g] = basic.targets[0];
        } else {
            places[g]++;
            if (taken != 0) {
                lanes[g] = mask & ~taken;
                add(taken, basic.targets[0]);
                block.counters.divergentBranches++;
            }
        }
    }

    private void exit(int g, int mask, int taken) {
        alive &= ~taken;
        lanes[g] = mask & ~taken;
        places[g]++;
        if (lanes[g] == 0) {
            remove(g);
        }
    }

    /** Each lane's own target by its index register. */
    private void jump(int g, int mask, BasicBlock basic) {
        int rest = mask;
        remove(g);
        while (rest != 0) {
            int index = words[basic.index][Instruction.first(rest)];
            int together = 0;
            for (int k = rest; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                together |= words[basic.index][lane] == index ? 1 << lane : 0;
            }
            add(together, basic.targets[index]);
            rest &= ~together;
            if (rest != 0) {
                block.counters.divergentBranches++;
            }
        }
    }

    private void add(int mask, int place) {
        lanes[groups] = mask;
        places[groups++] = place;
    }

    private void remove(int g) {
        groups--;
        lanes[g] = lanes[groups];
        places[g] = places[groups];
    }

    private void merge() {
        for (int i = 0; i < groups; i++) {
            for (int j = groups - 1; j > i; j--) {
                if (places[i] == places[j]) {
                    lanes[i] |= lanes[j];
                    remove(j);
                }
            }
        }
    }

    /** Of the groups with lanes not known to wait; −1 when there is none. */
    private int furthestBehind(int waiting) {
        int best = -1;
        for (int i = 0; i < groups; i++) {
            if ((lanes[i] & ~waiting) != 0 && (best < 0 || places[i] < places[best])) {
                best = i;
            }
        }
        return best;
    }

    static void blend(int[] to, int[] from, int mask) {
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = Integer.numberOfTrailingZeros(k);
            to[lane] = from[lane];
        }
    }

    static void blend(long[] to, long[] from, int mask) {
        for (int k = mask; k != 0; k &= k - 1) {
            int lane = Integer.numberOfTrailingZeros(k);
            to[lane] = from[lane];
        }
    }
}
