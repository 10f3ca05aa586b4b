package attmask.ptx;

import attmask.cuda.CudaException;
import attmask.cuda.LaunchConfig;
import java.util.EnumMap;
import java.util.Map;

/** One launch: checks its configuration, runs its blocks in an adversary's order, and reports. */
final class Launch {
    private final Program program;
    private final LaunchConfig config;
    private final byte[] parameters;

    Launch(Program program, LaunchConfig config, byte[] parameters, int sharedLimit) {
        this.program = program;
        this.config = config;
        this.parameters = parameters;
        PtxKernel kernel = program.kernel;
        int threads = config.blockX() * config.blockY();
        if (threads > kernel.mostThreads) {
            throw new CudaException(kernel.name + ": " + threads + " threads in a block, its launch bounds allow "
                    + kernel.mostThreads);
        }
        int shared = program.sharedBytes + config.sharedBytes();
        if (shared > sharedLimit) {
            throw new CudaException(
                    kernel.name + ": " + shared + " bytes of shared memory, a block can have " + sharedLimit);
        }
    }

    LaunchReport run(GlobalMemory memory, BlockOrder order, Adversary adversary, long patience) {
        if (order.startLaunch(program.globalGranule)) {
            memory.forgetStamps();
        }
        Counters counters = new Counters();
        ThreadBlock block = new ThreadBlock(program, config, memory, order, parameters, counters, adversary, patience);
        int count = Math.toIntExact((long) config.gridX() * config.gridY() * config.gridZ());
        for (int number : new Permutation(count, adversary.order()).next()) {
            block.run(number);
        }
        return report(block, counters);
    }

    private LaunchReport report(ThreadBlock block, Counters counters) {
        Map<InstructionClass, Long> instructions = new EnumMap<>(InstructionClass.class);
        long threads = 0;
        for (BasicBlock basic : program.blocks) {
            threads += block.laneIssues[basic.number] * basic.count;
            for (InstructionClass type : InstructionClass.values()) {
                long issued = block.issues[basic.number] * basic.classes[type.ordinal()];
                if (issued > 0) {
                    instructions.merge(type, issued, Long::sum);
                }
            }
        }
        return new LaunchReport(
                program.kernel.module,
                program.kernel.name,
                config,
                instructions,
                threads,
                counters.globalLoadBytes,
                counters.globalLoadSectors,
                counters.globalStoreBytes,
                counters.globalStoreSectors,
                counters.sharedAccesses,
                counters.sharedConflicts,
                counters.divergentBranches,
                counters.localBytes);
    }
}
