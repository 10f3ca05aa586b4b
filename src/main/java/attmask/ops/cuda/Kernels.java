package attmask.ops.cuda;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.cuda.PtxModules;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the launchers share: the modules of {@code kernels/ptx}, each loaded once, the argument buffer, and scratch
 * memory that a launch may use until the op returns.
 */
final class Kernels implements AutoCloseable {
    private final Driver driver;
    private final Map<String, Driver.Module> modules = new HashMap<>();
    private final Args args = new Args();
    private final List<DeviceBuffer> buffers = new ArrayList<>();
    private final DeviceBuffer scratch;
    private ByteBuffer staging = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());

    Kernels(Driver driver) {
        this.driver = driver;
        scratch = buffer();
    }

    Driver driver() {
        return driver;
    }

    /** A kernel of {@code kernels/MODULE.cu}. */
    Driver.Kernel kernel(String module, String name) {
        return driver.kernel(modules.computeIfAbsent(module, each -> driver.load(each, PtxModules.read(each))), name);
    }

    /**
     * A kernel in both forms: NAME for float32 activations, NAME_bf16 for bfloat16 ones.
     *
     * @param f32 the former
     */
    record Typed(Driver.Kernel f32, Driver.Kernel bf16) {
        /** The form for activations like this one. */
        Driver.Kernel of(Tensor activation) {
            return switch (activation.type()) {
                case F32 -> f32;
                case BF16 -> bf16;
                default -> throw new IllegalArgumentException(f32.name() + " does not take " + activation);
            };
        }
    }

    Typed typed(String module, String name) {
        return new Typed(kernel(module, name), kernel(module, name + "_bf16"));
    }

    /** The argument buffer, empty: fill it and hand it to {@link #launch} before asking again. */
    Args args() {
        return args.clear();
    }

    void launch(Driver.Kernel kernel, LaunchConfig config, Args arguments) {
        driver.launch(Driver.Stream.MAIN, kernel, config, arguments);
    }

    /** Address of a tensor; 0 for null. */
    static long at(Tensor tensor) {
        return tensor == null ? 0 : CudaMemory.address(tensor);
    }

    /** Scratch of at least so many bytes, on a multiple of 256, with undefined content; the next call takes it back. */
    long scratch(long bytes) {
        return scratch.ofAtLeast(bytes);
    }

    /** Memory that an op keeps from call to call; it is given back with the rest. */
    DeviceBuffer buffer() {
        DeviceBuffer buffer = new DeviceBuffer(driver);
        buffers.add(buffer);
        return buffer;
    }

    /** An empty native buffer of at least so many bytes for an upload or download; the next call takes it back. */
    ByteBuffer staging(int bytes) {
        if (staging.capacity() < bytes) {
            staging = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return staging.clear();
    }

    @Override
    public void close() {
        buffers.forEach(DeviceBuffer::close);
    }
}
