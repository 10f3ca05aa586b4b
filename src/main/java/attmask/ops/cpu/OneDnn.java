package attmask.ops.cpu;

import attmask.config.Precision;
import attmask.config.UserException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/**
 * Loads oneDNN and keeps it to one thread a call: work is split in Java, so that the split, and with it every rounding,
 * does not depend on the number of threads, and no OpenMP thread spins beside the Java threads.
 */
final class OneDnn {
    private static final ThreadLocal<Boolean> ONE_THREAD = new ThreadLocal<>();
    private static volatile long ompSetNumThreads;
    private static volatile boolean loaded;

    private OneDnn() {}

    /** @throws UserException if the native libraries are missing or do not suit this machine */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        // JavaCPP's own memory limits count the whole process against the Java heap; this backend checks for itself.
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
        NativeFolder.choose();
        try {
            Loader.load(dnnl.class);
            Pointer function = Loader.addressof("omp_set_num_threads");
            ompSetNumThreads = function == null ? 0 : function.address();
        } catch (LinkageError error) {
            throw new UserException(
                    "the cpu backend needs oneDNN for " + platform() + ", which does not load here ("
                            + firstLine(error) + "); run the jar built for this platform (mvn package"
                            + " -Djavacpp.platform=" + platform() + ")",
                    error);
        }
        loaded = true;
    }

    /** Version of the loaded library, for instance {@code 3.11.0}. */
    static String version() {
        var version = dnnl.dnnl_version();
        return version.major() + "." + version.minor() + "." + version.patch();
    }

    /** What AUTO means: three products in place of one pay only where tiles of bfloat16 are multiplied at once. */
    static Precision own() {
        return has(dnnl.dnnl_cpu_isa_avx512_core_amx) ? Precision.BF16X3 : Precision.FP32;
    }

    /** Whether the processor has what products in that precision need. */
    static boolean computes(Precision precision) {
        return switch (precision) {
            case FP32 -> true;
            case BF16, BF16X3 -> has(dnnl.dnnl_cpu_isa_avx512_core_bf16);
            case AUTO, TF32 -> false;
        };
    }

    private static boolean has(int isa) {
        return (dnnl.dnnl_get_effective_cpu_isa() & isa) == isa;
    }

    /** @throws IllegalStateException if {@code status}, the result of {@code call}, is a failure */
    static void check(int status, String call) {
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN: " + call + " failed with status " + status);
        }
    }

    /** Makes calls from this thread run on this thread alone. OpenMP keeps that setting per calling thread. */
    static void useOneThread() {
        if (ONE_THREAD.get() == null) {
            ONE_THREAD.set(true);
            if (ompSetNumThreads != 0) {
                callWithInt(ompSetNumThreads, 1);
            }
        }
    }

    /**
     * Calls a C function {@code void f(int)}. The binding has no entry for OpenMP's, and OMP_NUM_THREADS would have to be
     * set before the JVM starts; but JavaCPP calls a C function with one word whenever it frees a pointer, so that path
     * is borrowed, with {@code argument} in place of the address to free.
     */
    private static void callWithInt(long function, int argument) {
        try {
            Class<?> type = Class.forName(Pointer.class.getName() + "$NativeDeallocator");
            Constructor<?> constructor = type.getDeclaredConstructor(Pointer.class, long.class, long.class);
            constructor.setAccessible(true);
            Object call = constructor.newInstance(new Operand(), (long) argument, function);
            Method deallocate = type.getMethod("deallocate");
            deallocate.setAccessible(true);
            deallocate.invoke(call);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("cannot keep oneDNN to one thread a call", error);
        }
    }

    private static String platform() {
        return System.getProperty("org.bytedeco.javacpp.platform", Loader.Detector.getPlatform());
    }

    private static String firstLine(Throwable error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("no reason given");
    }
}
