package attmask.ptx;

import attmask.cuda.LaunchConfig;
import java.util.Map;

/**
 * What a launch did.
 *
 * @param instructions issued for warps, by class
 * @param threadInstructions the same for every lane that took part
 * @param globalLoadBytes different bytes that each load instruction of a warp asked for, summed
 * @param globalLoadSectors sectors of 32 bytes in which they lie, summed likewise
 * @param sharedAccesses accesses to shared memory without conflicts: one for each instruction of up to 4 bytes a lane,
 *     two for 8, four for 16
 * @param sharedConflicts accesses more because lanes wanted different words of one bank
 * @param divergentBranches branches of which the lanes of a warp went both ways
 * @param localBytes moved to and from threads' own memory
 */
public record LaunchReport(
        String module,
        String kernel,
        LaunchConfig config,
        Map<InstructionClass, Long> instructions,
        long threadInstructions,
        long globalLoadBytes,
        long globalLoadSectors,
        long globalStoreBytes,
        long globalStoreSectors,
        long sharedAccesses,
        long sharedConflicts,
        long divergentBranches,
        long localBytes) {
    /** Of all classes. */
    public long warpInstructions() {
        return instructions.values().stream().mapToLong(n -> n).sum();
    }

    /** Bytes moved over bytes asked for: 1 at best. */
    public double sectorOverhead() {
        long asked = globalLoadBytes + globalStoreBytes;
        return asked == 0 ? 1 : 32.0 * (globalLoadSectors + globalStoreSectors) / asked;
    }
}
