package attmask.ops.cuda;

import attmask.cuda.Driver;

/** A kernel over rows of floats compiled twice: {@code name_wide} takes 16 bytes at once, {@code name} any row. */
final class RowKernel {
    private static final int FLOATS = 4;

    private final Driver.Kernel narrow;
    private final Driver.Kernel wide;

    RowKernel(Kernels kernels, String module, String name) {
        narrow = kernels.kernel(module, name);
        wide = kernels.kernel(module, name + "_wide");
    }

    /**
     * True if every row starts on 16 bytes and is a multiple of them long.
     *
     * @param addresses of all tensors, or-ed together
     */
    static boolean isWide(int width, long addresses) {
        return width % FLOATS == 0 && addresses % (FLOATS * Float.BYTES) == 0;
    }

    Driver.Kernel get(boolean isWide) {
        return isWide ? wide : narrow;
    }

    /** Floats that a thread takes at once. */
    static int floats(boolean isWide) {
        return isWide ? FLOATS : 1;
    }
}
