package attmask.ops.cpu;

import attmask.config.Precision;
import attmask.config.UserException;
import attmask.ops.AdamW;
import attmask.ops.ArgMax;
import attmask.ops.Attention;
import attmask.ops.AttentionMask;
import attmask.ops.Augment;
import attmask.ops.Backend;
import attmask.ops.ClipGradients;
import attmask.ops.CrossEntropy;
import attmask.ops.DistillationCrossEntropy;
import attmask.ops.Ema;
import attmask.ops.L1Loss;
import attmask.ops.L2Normalize;
import attmask.ops.LayerNorm;
import attmask.ops.Linear;
import attmask.ops.PositionResize;
import attmask.ops.Rows;
import attmask.ops.Sgd;
import attmask.ops.Softmax;
import attmask.ops.TokenAssembly;
import attmask.ops.TokenMean;
import attmask.ops.Unfold;
import attmask.ops.WeightNorm;
import attmask.tensor.BFloat16;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Single precision on the CPU: tensors outside the Java heap, matrix products, layer norms and attention's softmax by
 * oneDNN, the rest in loops that the JIT compiler vectorises. Where the processor multiplies bfloat16, the factors of
 * products may be rounded to it; sums and all that is stored stay float32. Results are bit for bit the same for any
 * number of threads. One thread at a time may use it.
 */
public final class CpuBackend implements Backend {
    private static final int PIECE = 8192;

    private final Precision precision;
    private final Workers workers;
    private final Augment augment;
    private final CpuLinear linear;
    private final LayerNorm layerNorm;
    private final Softmax softmax;
    private final Attention attention;
    private final AttentionMask attentionMask;
    private final Unfold unfold;
    private final TokenAssembly tokenAssembly;
    private final PositionResize positionResize;
    private final L2Normalize l2Normalize;
    private final WeightNorm weightNorm;
    private final Rows rows;
    private final DistillationCrossEntropy distillationCrossEntropy;
    private final L1Loss l1Loss;
    private final CrossEntropy crossEntropy;
    private final TokenMean tokenMean;
    private final ArgMax argMax;
    private final ClipGradients clipGradients;
    private final AdamW adamW;
    private final Sgd sgd;
    private final Ema ema;

    /** One that computes in float32 throughout. */
    public CpuBackend(int threads) {
        this(threads, Precision.FP32);
    }

    /**
     * @param threads threads that compute, the calling one included
     * @param asked FP32, or BF16 or BF16X3 to round the factors of the large matrix products, or AUTO
     * @throws attmask.config.UserException if oneDNN does not load on this machine, or the processor cannot do what was
     *     asked for
     */
    public CpuBackend(int threads, Precision asked) {
        this(threads, asked, CpuLinear.WORTH_SPLITTING);
    }

    /** @param worthSplitting rows from which on BF16X3 splits the factors of a product */
    CpuBackend(int threads, Precision asked, int worthSplitting) {
        if (threads < 1) {
            throw new IllegalArgumentException("the cpu backend needs at least one thread, not " + threads);
        }
        OneDnn.load();
        precision = asked.or(OneDnn.own());
        if (!OneDnn.computes(precision)) {
            throw new UserException("this processor has no units for "
                    + precision.name().toLowerCase(Locale.ROOT) + "; use --precision fp32");
        }
        workers = new Workers(threads, precision);
        linear = new CpuLinear(workers, precision, worthSplitting);
        layerNorm = new CpuLayerNorm(workers);
        softmax = new CpuSoftmax(workers);
        attention = new CpuAttention(workers);
        attentionMask = new CpuAttentionMask(workers);
        augment = new CpuAugment(workers);
        unfold = new CpuUnfold(workers);
        tokenAssembly = new CpuTokenAssembly(workers);
        positionResize = new CpuPositionResize(workers);
        l2Normalize = new CpuL2Normalize(workers);
        weightNorm = new CpuWeightNorm(workers);
        rows = new CpuRows(workers);
        distillationCrossEntropy = new CpuDistillationCrossEntropy(workers);
        l1Loss = new CpuL1Loss(workers);
        crossEntropy = new CpuCrossEntropy(workers);
        tokenMean = new CpuTokenMean(workers);
        argMax = new CpuArgMax(workers);
        clipGradients = new CpuClipGradients(workers);
        adamW = new CpuAdamW(workers);
        sgd = new CpuSgd(workers);
        ema = new CpuEma(workers);
    }

    /** Whether this machine's processor can do it. */
    public static boolean computes(Precision precision) {
        OneDnn.load();
        return OneDnn.computes(precision.or(OneDnn.own()));
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        String products =
                switch (precision) {
                    case BF16 -> "float32 with bfloat16 products";
                    case BF16X3 -> "float32 with products of split bfloat16";
                    default -> "float32";
                };
        return products + ", " + workers.threads() + (workers.threads() == 1 ? " thread" : " threads") + ", oneDNN "
                + OneDnn.version();
    }

    @Override
    public DType real() {
        return DType.F32;
    }

    @Override
    public double roundoff() {
        return switch (precision) {
            case BF16 -> BFloat16.ROUNDOFF;
            case BF16X3 -> Bf16x3.ROUNDOFF;
            default -> Backend.super.roundoff();
        };
    }

    @Override
    public Memory allocate(long bytes) {
        return new NativeMemory(bytes);
    }

    @Override
    public void write(Tensor tensor, float[] values, int from) {
        int count = Math.toIntExact(tensor.count());
        needs(from >= 0 && values.length - from >= count, "write", tensor, values.length - from);
        Floats.of(real(tensor)).put(0, values, from, count);
    }

    @Override
    public void write(Tensor tensor, double[] values) {
        needs(values.length == tensor.count(), "write", tensor, values.length);
        Floats floats = Floats.of(real(tensor));
        float[] piece = new float[Math.min(PIECE, values.length)];
        for (int from = 0; from < values.length; from += PIECE) {
            int count = Math.min(PIECE, values.length - from);
            for (int i = 0; i < count; i++) {
                piece[i] = (float) values[from + i];
            }
            floats.put(from, piece, 0, count);
        }
    }

    @Override
    public void write(Tensor tensor, int[] values, int count) {
        needs(count <= values.length && count <= tensor.count(), "write", tensor, count);
        ((IntBuffer) typed(tensor, DType.I32).handle()).put(0, values, 0, count);
    }

    @Override
    public void write(Tensor tensor, byte[] values) {
        needs(values.length == tensor.count(), "write", tensor, values.length);
        ((ByteBuffer) typed(tensor, DType.U8).handle()).put(0, values);
    }

    @Override
    public void read(Tensor tensor, float[] values) {
        needs(values.length <= tensor.count(), "read", tensor, values.length);
        Floats.of(real(tensor)).get(0, values, 0, values.length);
    }

    @Override
    public void read(Tensor tensor, double[] values) {
        needs(values.length <= tensor.count(), "read", tensor, values.length);
        Floats floats = Floats.of(real(tensor));
        float[] piece = new float[Math.min(PIECE, values.length)];
        for (int from = 0; from < values.length; from += PIECE) {
            int count = Math.min(PIECE, values.length - from);
            floats.get(from, piece, 0, count);
            for (int i = 0; i < count; i++) {
                values[from + i] = piece[i];
            }
        }
    }

    @Override
    public void read(Tensor tensor, int[] values) {
        needs(values.length <= tensor.count(), "read", tensor, values.length);
        ((IntBuffer) typed(tensor, DType.I32).handle()).get(0, values);
    }

    @Override
    public void read(Tensor tensor, byte[] values) {
        needs(values.length <= tensor.count(), "read", tensor, values.length);
        ((ByteBuffer) typed(tensor, DType.U8).handle()).get(0, values);
    }

    @Override
    public void zero(Tensor tensor) {
        Pointer.memset(pointer(tensor), 0, tensor.count() * tensor.type().bytes());
    }

    @Override
    public void copy(Tensor to, Tensor from) {
        needs(to.type() == from.type() && to.count() == from.count(), "copy", to, from.count());
        Pointer.memmove(pointer(to), pointer(from), to.count() * to.type().bytes());
    }

    private static Pointer pointer(Tensor tensor) {
        return switch (tensor.type()) {
            case F32 -> new Operand().at(Floats.of(tensor).at(0));
            case I32 -> new IntPointer((IntBuffer) tensor.handle());
            default -> new BytePointer((ByteBuffer) tensor.handle());
        };
    }

    private static Tensor real(Tensor tensor) {
        return typed(tensor, DType.F32);
    }

    private static Tensor typed(Tensor tensor, DType type) {
        if (tensor.type() != type) {
            throw new IllegalArgumentException("cpu: " + tensor + " does not hold " + type);
        }
        return tensor;
    }

    private static void needs(boolean condition, String what, Tensor tensor, long count) {
        if (!condition) {
            throw new IllegalArgumentException("cpu " + what + ": " + tensor + " does not match " + count + " values");
        }
    }

    @Override
    public Augment augment() {
        return augment;
    }

    @Override
    public Linear linear() {
        return linear;
    }

    @Override
    public LayerNorm layerNorm() {
        return layerNorm;
    }

    @Override
    public Softmax softmax() {
        return softmax;
    }

    @Override
    public Attention attention() {
        return attention;
    }

    @Override
    public AttentionMask attentionMask() {
        return attentionMask;
    }

    @Override
    public Unfold unfold() {
        return unfold;
    }

    @Override
    public TokenAssembly tokenAssembly() {
        return tokenAssembly;
    }

    @Override
    public PositionResize positionResize() {
        return positionResize;
    }

    @Override
    public L2Normalize l2Normalize() {
        return l2Normalize;
    }

    @Override
    public WeightNorm weightNorm() {
        return weightNorm;
    }

    @Override
    public Rows rows() {
        return rows;
    }

    @Override
    public DistillationCrossEntropy distillationCrossEntropy() {
        return distillationCrossEntropy;
    }

    @Override
    public L1Loss l1Loss() {
        return l1Loss;
    }

    @Override
    public CrossEntropy crossEntropy() {
        return crossEntropy;
    }

    @Override
    public TokenMean tokenMean() {
        return tokenMean;
    }

    @Override
    public ArgMax argMax() {
        return argMax;
    }

    @Override
    public ClipGradients clipGradients() {
        return clipGradients;
    }

    @Override
    public AdamW adamW() {
        return adamW;
    }

    @Override
    public Sgd sgd() {
        return sgd;
    }

    @Override
    public Ema ema() {
        return ema;
    }

    @Override
    public void close() {
        workers.close();
        linear.close();
    }
}
