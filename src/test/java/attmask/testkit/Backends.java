package attmask.testkit;

import attmask.config.Precision;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.tensor.DType;
import java.util.stream.Stream;

/** The backends under test, for {@code @MethodSource("attmask.testkit.Backends#all")} or {@code #withBf16}. */
public final class Backends {
    /** What all others are compared with. */
    public static final Backend REFERENCE = new ReferenceBackend();

    /**
     * A backend under test.
     *
     * @param twin one that must give the same bits, such as the same with another number of threads
     */
    public record Subject(Backend backend, Backend twin) {
        @Override
        public String toString() {
            return backend.activation() == DType.BF16 ? backend.name() + " bf16" : backend.name();
        }
    }

    /** Seed of the executor's errors in the last place. */
    private static final int NOISE = 20231;

    private static final Subject[] SUBJECTS = {
        new Subject(REFERENCE, REFERENCE),
        new Subject(new CpuBackend(2), new CpuBackend(3)),
        new Subject(emulated(1, Precision.FP32), emulated(2, Precision.FP32)),
    };

    private static final Subject BF16 = new Subject(emulated(3, Precision.BF16), emulated(4, Precision.BF16));

    private Backends() {}

    /** The kernels on the PTX executor; what is left open to a GPU's scheduler goes by the seed. */
    private static Backend emulated(long order, Precision precision) {
        return new CudaBackend(new EmulatedDriver(new Adversary(order, NOISE)), precision);
    }

    public static Stream<Subject> all() {
        return Stream.of(SUBJECTS);
    }

    /** The one whose activations are bfloat16. */
    public static Subject bf16() {
        return BF16;
    }

    /** With the one whose activations are bfloat16, for ops that take activations. */
    public static Stream<Subject> withBf16() {
        return Stream.concat(all(), Stream.of(BF16));
    }
}
