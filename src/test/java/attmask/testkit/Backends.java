package attmask.testkit;

import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import java.util.stream.Stream;

/** The backends under test, for {@code @MethodSource("attmask.testkit.Backends#all")}. */
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
            return backend.name();
        }
    }

    /** Seed of the executor's errors in the last place. */
    private static final int NOISE = 20231;

    private static final Subject[] SUBJECTS = {
        new Subject(REFERENCE, REFERENCE),
        new Subject(new CpuBackend(2), new CpuBackend(3)),
        new Subject(emulated(1), emulated(2)),
    };

    private Backends() {}

    /** The kernels on the PTX executor; what is left open to a GPU's scheduler goes by the seed. */
    private static Backend emulated(long order) {
        return new CudaBackend(new EmulatedDriver(new Adversary(order, NOISE)));
    }

    public static Stream<Subject> all() {
        return Stream.of(SUBJECTS);
    }
}
