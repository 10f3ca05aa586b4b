package attmask.testkit;

import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.reference.ReferenceBackend;
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

    private static final Subject[] SUBJECTS = {
        new Subject(REFERENCE, REFERENCE), new Subject(new CpuBackend(2), new CpuBackend(3)),
    };

    private Backends() {}

    public static Stream<Subject> all() {
        return Stream.of(SUBJECTS);
    }
}
