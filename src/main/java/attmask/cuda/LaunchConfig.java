package attmask.cuda;

/**
 * How many threads run a kernel: blocks in x, y and z, threads of a block in x and y, and bytes of dynamic shared memory.
 */
public record LaunchConfig(int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes) {
    /** @throws IllegalArgumentException beyond CUDA's limits */
    public LaunchConfig {
        boolean grid = gridX > 0 && gridY > 0 && gridY < 65536 && gridZ > 0 && gridZ < 65536;
        boolean block = blockX > 0 && blockY > 0 && (long) blockX * blockY <= 1024;
        if (!grid || !block || sharedBytes < 0) {
            throw new IllegalArgumentException("impossible launch: grid " + gridX + "×" + gridY + "×" + gridZ
                    + ", block " + blockX + "×" + blockY + ", shared " + sharedBytes);
        }
    }

    public static LaunchConfig of(int grid, int block) {
        return new LaunchConfig(grid, 1, 1, block, 1, 0);
    }

    /** As many blocks as give each item a thread. */
    public static LaunchConfig each(long items, int block) {
        return of(Math.toIntExact((items + block - 1) / block), block);
    }

    public LaunchConfig withShared(int bytes) {
        return new LaunchConfig(gridX, gridY, gridZ, blockX, blockY, bytes);
    }

    @Override
    public String toString() {
        return "<<<(" + gridX + ", " + gridY + ", " + gridZ + "), (" + blockX + ", " + blockY + "), " + sharedBytes
                + ">>>";
    }
}
