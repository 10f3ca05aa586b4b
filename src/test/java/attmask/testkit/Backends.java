package attmask.testkit;

import attmask.config.Precision;
import attmask.cuda.jcuda.CudaMachine;
import attmask.gpu.GpuTests;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The backends under test, for {@code @MethodSource("attmask.testkit.Backends#all")} or {@code #withBf16}. */
public final class Backends {
    /** What all others are compared with. */
    public static final Backend REFERENCE = new ReferenceBackend();

    /**
     * A backend under test.
     *
     * @param name for messages
     * @param twin one that must give the same bits, such as the same with another number of threads
     */
    public record Subject(String name, Backend backend, Backend twin) {
        public Subject(Backend backend, Backend twin) {
            this(backend.name(), backend, twin);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Seed of the executor's errors in the last place. */
    private static final int NOISE = 20231;

    private static final List<Subject> SUBJECTS = subjects();

    private static final Subject BF16 = Boolean.getBoolean(GpuTests.PROPERTY)
            ? new Subject("cuda bf16, GPU", gpu(Precision.BF16), gpu(Precision.BF16))
            : new Subject("cuda bf16, emulated", emulated(3, Precision.BF16), emulated(4, Precision.BF16));

    private Backends() {}

    private static List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>();
        subjects.add(new Subject(REFERENCE, REFERENCE));
        subjects.add(new Subject(new CpuBackend(2), new CpuBackend(3)));
        if (!Boolean.getBoolean(GpuTests.PROPERTY)) {
            subjects.add(new Subject("cuda, emulated", emulated(1, Precision.FP32), emulated(2, Precision.FP32)));
        }
        if (CudaMachine.probe().missing() == null) {
            subjects.add(new Subject("cuda, GPU", gpu(Precision.FP32), gpu(Precision.FP32)));
        }
        return subjects;
    }

    private static Backend gpu(Precision precision) {
        return new CudaBackend(CudaMachine.probe().open(), precision);
    }

    /** The kernels on the PTX executor; what is left open to a GPU's scheduler goes by the seed. */
    private static Backend emulated(long order, Precision precision) {
        return new CudaBackend(new EmulatedDriver(new Adversary(order, NOISE)), precision);
    }

    public static Stream<Subject> all() {
        return SUBJECTS.stream();
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
