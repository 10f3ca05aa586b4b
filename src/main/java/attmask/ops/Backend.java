package attmask.ops;

import attmask.tensor.BFloat16;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;

/**
 * Where the numbers are computed: memory, transfers, and one implementation of every op. {@code nn} and {@code ssl} are
 * written against this alone, so the same model runs in double precision as the oracle, in float32 on the CPU, and on
 * the GPU.
 */
public interface Backend extends AutoCloseable {
    /** For instance {@code cpu}. */
    String name();

    /** One line for the user: threads, library, device. */
    String description();

    /** Element type of parameters and their gradients, of statistics, scores, centers and losses. */
    DType real();

    /** Element type of activations and their gradients, and of the weights that matrix products read. */
    default DType activation() {
        return real();
    }

    /** Unit roundoff of the factors of matrix products: what the exactness of a result is measured by. */
    default double roundoff() {
        return switch (activation()) {
            case F64 -> 0x1p-53;
            case BF16 -> BFloat16.ROUNDOFF;
            default -> 0x1p-24;
        };
    }

    /**
     * Memory for an {@link attmask.tensor.Arena}, zeroed.
     *
     * @throws attmask.config.UserException if the device has not that much
     */
    Memory allocate(long bytes);

    /** tensor ← values[from ..]; floats are converted to the tensor's type. */
    void write(Tensor tensor, float[] values, int from);

    void write(Tensor tensor, double[] values);

    /** tensor ← the first {@code count} of values; the rest of the tensor is left alone. */
    void write(Tensor tensor, int[] values, int count);

    void write(Tensor tensor, byte[] values);

    /** values ← tensor, from its first element on, as many as {@code values} holds. */
    void read(Tensor tensor, float[] values);

    void read(Tensor tensor, double[] values);

    void read(Tensor tensor, int[] values);

    void read(Tensor tensor, byte[] values);

    void zero(Tensor tensor);

    /** to ← from, of equal counts; between {@link #real} and {@link #activation} numbers are converted. */
    void copy(Tensor to, Tensor from);

    /**
     * Runs work that is the same in every step: ops in the same order on the same tensors. What is the same a device may
     * queue as a whole; what has changed is done as it was asked for. No result depends on it.
     */
    default void segment(Runnable work) {
        work.run();
    }

    /** True if the device computes while the host does something else: what it can take over, the host need not do. */
    default boolean worksBesideTheHost() {
        return false;
    }

    /**
     * A way for up to so many bytes at a time to the device.
     *
     * @throws attmask.config.UserException if the device has not that much memory
     */
    default Staging staging(int bytes) {
        return new DirectStaging(this, bytes);
    }

    Augment augment();

    Linear linear();

    LayerNorm layerNorm();

    Softmax softmax();

    Attention attention();

    AttentionMask attentionMask();

    Unfold unfold();

    TokenAssembly tokenAssembly();

    PositionResize positionResize();

    L2Normalize l2Normalize();

    WeightNorm weightNorm();

    Rows rows();

    DistillationCrossEntropy distillationCrossEntropy();

    L1Loss l1Loss();

    CrossEntropy crossEntropy();

    TokenMean tokenMean();

    ArgMax argMax();

    ClipGradients clipGradients();

    AdamW adamW();

    Sgd sgd();

    Ema ema();

    @Override
    void close();
}
