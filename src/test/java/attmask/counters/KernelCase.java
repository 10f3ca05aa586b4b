package attmask.counters;

import attmask.config.Precision;
import attmask.cuda.Driver;
import attmask.ops.cuda.CudaBackend;
import attmask.testkit.Trial;
import java.util.List;
import java.util.function.Consumer;

/**
 * An op at a size.
 *
 * @param shape for the table
 * @param precision of the backend that it runs on
 * @param program runs the op
 * @param kernels those of its launches that are counted; the first launch of each counts
 */
record KernelCase(String shape, Precision precision, Program program, List<Moves> kernels) {
    interface Program {
        void run(Driver driver, CudaBackend backend);
    }

    /** What a kernel's time goes into. */
    enum Bound {
        /** Its loads and stores: it moves what it must, and nothing else. */
        MEMORY,
        /** Products of tiles in shared memory, which read the other side's tiles anew for each tile of their own. */
        PRODUCTS,
        /** Its instructions on single bytes, which the taps and boxes of neighbouring pixels read anew. */
        TAPS,
        /** Its launch: a few kilobytes, of which sectors are used in part. */
        LAUNCH
    }

    /**
     * A kernel and the bytes it moves.
     *
     * @param least its inputs and outputs, each once
     * @param again what it asks for once more by design, so that a cache answers
     * @param why it does; empty if {@code again} is 0
     */
    record Moves(String kernel, Bound bound, long least, long again, String why) {
        static Moves memory(String kernel, long least) {
            return new Moves(kernel, Bound.MEMORY, least, 0, "");
        }

        static Moves products(String kernel, long least) {
            return new Moves(kernel, Bound.PRODUCTS, least, 0, "");
        }

        static Moves launch(String kernel, long least) {
            return new Moves(kernel, Bound.LAUNCH, least, 0, "");
        }

        Moves again(long bytes, String reason) {
            return new Moves(kernel, bound, least, bytes, reason);
        }
    }

    static KernelCase of(String shape, Precision precision, Consumer<Trial> program, Moves... kernels) {
        return new KernelCase(shape, precision, (driver, backend) -> Trial.run(backend, program), List.of(kernels));
    }
}
