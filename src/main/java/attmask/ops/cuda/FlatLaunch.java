package attmask.ops.cuda;

import attmask.cuda.LaunchConfig;

/** How elements in a row are spread over threads by {@code map} of kernels/vectors.cuh: four for each thread. */
final class FlatLaunch {
    private static final int THREADS = 256;

    private FlatLaunch() {}

    static LaunchConfig of(long count) {
        return LaunchConfig.each((count + 3) / 4, THREADS);
    }

    /** The same for each of several parts: all blocks of the first, then those of the second. */
    static LaunchConfig of(int parts, long countOfPart) {
        return LaunchConfig.of(Math.multiplyExact(parts, of(countOfPart).gridX()), THREADS);
    }
}
