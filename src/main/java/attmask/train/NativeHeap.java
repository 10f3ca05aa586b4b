package attmask.train;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** Memory that the process took beside the Java heap: libraries, and the JIT compiler at its work, by malloc. */
final class NativeHeap {
    private static final String DIAGNOSTICS = "com.sun.management:type=DiagnosticCommand";

    private NativeHeap() {}

    /**
     * Gives back to the system what was freed. The C library keeps it otherwise: some 80 MB of a small run after half an
     * hour, and by steps of 10 MB more where the JIT compiler once had a large method.
     *
     * @return whether the Java machine can, as HotSpot 17.0.15 and 25 with glibc
     */
    static boolean trim() {
        try {
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(new ObjectName(DIAGNOSTICS), "systemTrimNativeHeap", null, null);
            return true;
        } catch (JMException e) {
            return false;
        }
    }
}
