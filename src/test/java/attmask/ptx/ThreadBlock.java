package attmask.ptx;

import attmask.cuda.CudaException;
import attmask.cuda.LaunchConfig;

/** One thread block, run to completion; used for one block of a launch after the other. */
final class ThreadBlock {
    final Program program;
    final LaunchConfig config;
    final GlobalMemory memory;
    final BlockOrder order;
    final ThreadOrder threadOrder = new ThreadOrder();
    final SharedMemory shared;
    final byte[] parameters;
    final Counters counters;
    /** Seed of what {@code .approx} and mma leave open; 0 for none. */
    final int noise;

    /** The order in which mma adds its products. */
    final int[] mmaOrder;

    /** Times that each basic block ran, and lanes that it ran for. */
    final long[] issues;

    final long[] laneIssues;

    /** Instructions of its warps after which a block counts as hung. */
    private final long patience;

    private final int threads;
    private final Warp[] warps;
    private final Permutation turns;
    private int x;
    private int y;
    private int z;
    private long left;
    private int votes;

    ThreadBlock(
            Program program,
            LaunchConfig config,
            GlobalMemory memory,
            BlockOrder order,
            byte[] parameters,
            Counters counters,
            Adversary adversary,
            long patience) {
        this.program = program;
        this.config = config;
        this.memory = memory;
        this.order = order;
        this.parameters = parameters;
        this.counters = counters;
        this.patience = patience;
        noise = adversary.noise();
        mmaOrder = new Permutation(16, adversary.noise()).next();
        shared = new SharedMemory(program.sharedBytes + config.sharedBytes(), program.sharedGranule, threadOrder);
        issues = new long[program.blocks.length];
        laneIssues = new long[program.blocks.length];
        threads = config.blockX() * config.blockY();
        warps = new Warp[(threads + Warp.LANES - 1) / Warp.LANES];
        for (int i = 0; i < warps.length; i++) {
            warps[i] = new Warp(this, i);
        }
        turns = new Permutation(warps.length, adversary.order());
    }

    void run(int number) {
        x = number % config.gridX();
        y = number / config.gridX() % config.gridY();
        z = number / config.gridX() / config.gridY();
        left = patience;
        threadOrder.syncBlock();
        order.startBlock(number, threadOrder);
        shared.startBlock();
        for (Warp warp : warps) {
            int present = Math.min(Warp.LANES, threads - Warp.LANES * warp.index);
            warp.start(present == Warp.LANES ? -1 : (1 << present) - 1);
        }
        while (runToBarrier()) {
            together();
            threadOrder.syncBlock();
        }
    }

    /** All warps stand at a barrier, which must be the same one; what they bring is counted. */
    private void together() {
        Barriers.BlockBarrier barrier = warps[0].barrier();
        votes = 0;
        for (Warp warp : warps) {
            if (warp.barrier() != barrier) {
                throw warp.barrier()
                        .fault(
                                warp,
                                0,
                                "barrier in divergent code: warp 0 waits elsewhere, at "
                                        + barrier.statement.where(program.kernel.module));
            }
            votes += barrier.votes(warp);
        }
    }

    /** Threads that brought a true predicate to the last barrier. */
    int votes() {
        return votes;
    }

    int threads() {
        return threads;
    }

    /** Runs every warp up to its next block barrier; false when all have exited. */
    private boolean runToBarrier() {
        int arrived = 0;
        int[] turn = turns.next();
        for (int i : turn) {
            Warp warp = warps[i];
            if (warp.alive != 0) {
                warp.run();
                arrived += warp.alive != 0 ? 1 : 0;
            }
        }
        if (arrived > 0 && arrived < warps.length) {
            throw missing();
        }
        return arrived > 0;
    }

    /** Named at the barrier where the first living warp waits for the first one that has exited. */
    private RuntimeException missing() {
        Warp waiting = null;
        Warp gone = null;
        for (Warp warp : warps) {
            waiting = waiting == null && warp.alive != 0 ? warp : waiting;
            gone = gone == null && warp.alive == 0 ? warp : gone;
        }
        return waiting.barrier().fault(waiting, 0, "barrier for a thread that has exited: those of warp " + gone.index);
    }

    void count(BasicBlock basic, int mask) {
        issues[basic.number]++;
        laneIssues[basic.number] += Integer.bitCount(mask);
        left -= basic.count;
        if (left < 0) {
            throw new CudaException(program.kernel.name + ": block " + position() + " does not come to an end");
        }
    }

    int special(String name, int warp, int lane) {
        int thread = warp * Warp.LANES + lane;
        return switch (name) {
            case "%tid.x" -> thread % config.blockX();
            case "%tid.y" -> thread / config.blockX();
            case "%tid.z" -> 0;
            case "%ntid.x" -> config.blockX();
            case "%ntid.y" -> config.blockY();
            case "%ntid.z" -> 1;
            case "%ctaid.x", "%ctaid.y", "%ctaid.z" -> 0;
            case "%nctaid.x" -> config.gridX();
            case "%nctaid.y" -> config.gridY();
            case "%nctaid.z" -> config.gridZ();
            case "%laneid" -> lane;
            case "%warpid" -> warp;
            case "%nwarpid" -> warps.length;
            case "%lanemask_eq" -> 1 << lane;
            case "%lanemask_lt" -> (1 << lane) - 1;
            case "%lanemask_le" -> (2 << lane) - 1;
            case "%lanemask_gt" -> -(2 << lane);
            case "%lanemask_ge" -> -(1 << lane);
            case "%dynamic_smem_size" -> config.sharedBytes();
            case "%total_smem_size" -> shared.data.length;
            default -> throw new UnsupportedPtxException("special register " + name);
        };
    }

    /** Along x, y or z within the grid. */
    int place(int axis) {
        return axis == 0 ? x : axis == 1 ? y : z;
    }

    String position() {
        return "(" + x + ", " + y + ", " + z + ")";
    }

    String thread(int number) {
        return "(" + number % config.blockX() + ", " + number / config.blockX() + ")";
    }
}
