package attmask.ptx;

import attmask.cuda.CudaException;

/** A decoded instruction: what it does to the lanes of a warp that a mask names. */
abstract class Instruction {
    /** Its text; set once by the decoder, as are the guard's slot (−1 for none) and sense. */
    Statement statement;

    int guard = -1;
    boolean negated;

    abstract void execute(Warp warp, int mask);

    /** Whether lanes must come here together; such an instruction starts a basic block. */
    boolean synchronizes() {
        return false;
    }

    /** The lanes that must be here before these lanes may go on; only asked when it synchronises. */
    int needs(Warp warp, int mask) {
        return 0;
    }

    /** The lanes of {@code mask} that the guard lets through. */
    final int guarded(Warp warp, int mask) {
        return guard < 0 ? mask : mask & (negated ? ~warp.predicates[guard] : warp.predicates[guard]);
    }

    /** What went wrong, and where: kernel, instruction, line, block and thread. */
    final CudaException fault(Warp warp, int lane, String what) {
        ThreadBlock block = warp.block;
        PtxKernel kernel = block.program.kernel;
        return new CudaException(kernel.name + ": " + what + "; " + statement + "; " + statement.where(kernel.module)
                + ", block " + block.position() + ", thread " + block.thread(warp.index * Warp.LANES + lane)
                + " (warp " + warp.index + ", lane " + lane + ")");
    }

    /** The number of the first lane in a mask. */
    static int first(int mask) {
        return Integer.numberOfTrailingZeros(mask);
    }

    interface Body {
        void execute(Warp warp, int mask);
    }

    static Instruction of(Body body) {
        return new Instruction() {
            @Override
            void execute(Warp warp, int mask) {
                body.execute(warp, mask);
            }
        };
    }
}
