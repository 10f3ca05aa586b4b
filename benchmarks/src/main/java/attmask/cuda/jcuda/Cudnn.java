package attmask.cuda.jcuda;

import static jcuda.jcudnn.JCudnn.cudnnCreate;
import static jcuda.jcudnn.JCudnn.cudnnCreateTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroy;
import static jcuda.jcudnn.JCudnn.cudnnDestroyTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetTensor4dDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSoftmaxForward;

import attmask.cuda.CudaException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnSoftmaxAlgorithm;
import jcuda.jcudnn.cudnnSoftmaxMode;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/**
 * NVIDIA's softmax, to compare with. In this package because it is bound as {@link CublasLibrary} is; benchmarks alone
 * have it. Its status codes have other numbers in each version: only 0 means the same in all.
 */
public final class Cudnn implements AutoCloseable {
    /** The folder of libcudnn.so, if it is not among those where cuBLAS is looked for. */
    private static final String PROPERTY = "attmask.cudnn";

    private static final String BINDING = "JCudnn";

    /** JCuda's binding has not been released since; it asks for cuDNN 8, whose softmax is the same in 9. */
    private static final String RESOURCE = "/lib/libJCudnn-11.7.0-linux-x86_64.so";

    private static final int LINKED = 8;
    private static final int NEWEST = 9;

    private static String missing;
    private static boolean looked;

    private final DevicePointers pointers = new DevicePointers();
    private final cudnnHandle handle = new cudnnHandle();
    private final cudnnTensorDescriptor descriptor = new cudnnTensorDescriptor();
    private final Pointer one = Pointer.to(new float[] {1});
    private final Pointer zero = Pointer.to(new float[] {0});

    /** For matrices (rows, width) of float32, in the context that is current. */
    public Cudnn(int rows, int width) {
        check(cudnnCreate(handle), "cudnnCreate");
        check(cudnnCreateTensorDescriptor(descriptor), "cudnnCreateTensorDescriptor");
        check(
                cudnnSetTensor4dDescriptor(
                        descriptor,
                        cudnnTensorFormat.CUDNN_TENSOR_NCHW,
                        cudnnDataType.CUDNN_DATA_FLOAT,
                        rows,
                        width,
                        1,
                        1),
                "cudnnSetTensor4dDescriptor");
    }

    /** y ← softmax of the rows of x, both device addresses. */
    public void softmax(long y, long x) {
        check(
                cudnnSoftmaxForward(
                        handle,
                        cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_ACCURATE,
                        cudnnSoftmaxMode.CUDNN_SOFTMAX_MODE_INSTANCE,
                        one,
                        descriptor,
                        pointers.at(x),
                        zero,
                        descriptor,
                        pointers.at(y)),
                "cudnnSoftmaxForward");
    }

    private static void check(int answer, String call) {
        if (answer != 0) {
            throw new CudaException(call + ": status " + answer);
        }
    }

    /** One line saying why there is none here; null when there is. Looks once; never throws, never prints. */
    public static synchronized String missing() {
        if (!looked) {
            looked = true;
            String cuda = CudaMachine.probe().missing();
            missing = cuda == null ? bind() : cuda;
        }
        return missing;
    }

    private static String bind() {
        StringJoiner reasons = new StringJoiner("; ", " (", ")");
        for (int major = NEWEST; major >= LINKED; major--) {
            String name = name(major);
            for (String candidate : candidates(name)) {
                try {
                    load(candidate, major);
                    return null;
                } catch (LinkageError | RuntimeException | IOException e) {
                    reasons.add(JniLibrary.reason(e));
                }
            }
        }
        return "no cuDNN 8 or 9" + reasons + "; name its folder with -jvmArgsAppend -D" + PROPERTY + "=DIR";
    }

    private static String name(int major) {
        return "libcudnn.so." + major;
    }

    /** Paths, then the bare name for the dynamic loader. In Python's packages it lies beside cuBLAS. */
    private static List<String> candidates(String name) {
        List<String> found = new ArrayList<>();
        for (Path folder : CublasSearch.folders(Path.of("/"), System.getenv(), System.getProperty(PROPERTY))) {
            for (Path file : List.of(
                    folder.resolve(name), folder.resolve("../../cudnn/lib").resolve(name))) {
                if (Files.exists(file)) {
                    found.add(file.normalize().toString());
                }
            }
        }
        found.add(name);
        return found;
    }

    private static void load(String candidate, int major) throws IOException {
        if (candidate.startsWith("/")) {
            System.load(candidate);
        }
        try (InputStream in = Cudnn.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new FileNotFoundException("no " + RESOURCE + " on the class path");
            }
            byte[] library = in.readAllBytes();
            byte[] bound = major == LINKED ? library : ElfLibrary.retarget(library, name(LINKED), name(major));
            JniLibrary.load(BINDING, bound, JCudnn::initialize);
        }
    }

    @Override
    public void close() {
        cudnnDestroyTensorDescriptor(descriptor);
        cudnnDestroy(handle);
    }
}
