package attmask.ops.cuda;

import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import attmask.ops.AdamW;
import attmask.ops.ArgMax;
import attmask.ops.Attention;
import attmask.ops.AttentionMask;
import attmask.ops.Backend;
import attmask.ops.ClipGradients;
import attmask.ops.DistillationCrossEntropy;
import attmask.ops.Ema;
import attmask.ops.Gelu;
import attmask.ops.L2Normalize;
import attmask.ops.LayerNorm;
import attmask.ops.Linear;
import attmask.ops.PositionResize;
import attmask.ops.Residual;
import attmask.ops.Rows;
import attmask.ops.Softmax;
import attmask.ops.TokenAssembly;
import attmask.ops.TokenMean;
import attmask.ops.Unfold;
import attmask.ops.WeightNorm;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * float32 on a GPU: tensors in device memory, matrix products by cuBLAS, everything else by the kernels of this program.
 * Results are bit for bit the same in every run: no sum depends on the order of threads. One thread at a time may use it.
 */
public final class CudaBackend implements Backend {
    private static final int PIECE = 1 << 20;

    private final Driver driver;
    private final Kernels kernels;
    private final Linear linear;
    private final LayerNorm layerNorm;
    private final Gelu gelu;
    private final Softmax softmax;
    private final Attention attention;
    private final AttentionMask attentionMask;
    private final Unfold unfold;
    private final TokenAssembly tokenAssembly;
    private final PositionResize positionResize;
    private final Residual residual;
    private final L2Normalize l2Normalize;
    private final WeightNorm weightNorm;
    private final Rows rows;
    private final DistillationCrossEntropy distillationCrossEntropy;
    private final TokenMean tokenMean;
    private final ArgMax argMax;
    private final ClipGradients clipGradients;
    private final AdamW adamW;
    private final Ema ema;

    /** Takes over the driver: {@link #close} closes it. */
    public CudaBackend(Driver driver) {
        this.driver = driver;
        kernels = new Kernels(driver);
        linear = new CudaLinear(kernels);
        layerNorm = new CudaLayerNorm(kernels);
        gelu = new CudaGelu(kernels);
        softmax = new CudaSoftmax(kernels);
        attention = new CudaAttention(kernels);
        attentionMask = new CudaAttentionMask(kernels);
        unfold = new CudaUnfold(kernels);
        tokenAssembly = new CudaTokenAssembly(kernels);
        positionResize = new CudaPositionResize(kernels);
        residual = new CudaResidual(kernels);
        l2Normalize = new CudaL2Normalize(kernels);
        weightNorm = new CudaWeightNorm(kernels);
        rows = new CudaRows(kernels);
        distillationCrossEntropy = new CudaDistillationCrossEntropy(kernels);
        tokenMean = new CudaTokenMean(kernels);
        argMax = new CudaArgMax(kernels);
        clipGradients = new CudaClipGradients(kernels);
        adamW = new CudaAdamW(kernels);
        ema = new CudaEma(kernels);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        DeviceProperties device = driver.device();
        return "float32, " + device.name() + ", compute capability " + device.major() + "." + device.minor();
    }

    @Override
    public DType real() {
        return DType.F32;
    }

    @Override
    public Memory allocate(long bytes) {
        long free = driver.freeBytes();
        if (bytes > free) {
            throw tooLittle(bytes, free, null);
        }
        try {
            return new CudaMemory(driver, bytes);
        } catch (CudaException e) {
            // What is free may lie in pieces, or another program was faster.
            throw tooLittle(bytes, free, e);
        }
    }

    private static UserException tooLittle(long bytes, long free, CudaException cause) {
        return new UserException(
                String.format(
                        Locale.ROOT,
                        "the GPU has %.1f MB free where %.1f MB are needed in one piece; take a smaller --batch or model",
                        free / 1e6,
                        bytes / 1e6),
                cause);
    }

    @Override
    public void write(Tensor tensor, float[] values, int from) {
        int count = Math.toIntExact(tensor.count());
        needs(from >= 0 && values.length - from >= count, "write", typed(tensor, DType.F32), values.length - from);
        pieces(count, Float.BYTES, (at, length) -> {
            ByteBuffer staging = kernels.staging(length * Float.BYTES);
            staging.asFloatBuffer().put(values, from + at, length);
            upload(tensor, at, staging.limit(length * Float.BYTES));
        });
    }

    @Override
    public void write(Tensor tensor, double[] values) {
        needs(values.length == tensor.count(), "write", typed(tensor, DType.F32), values.length);
        pieces(values.length, Float.BYTES, (at, length) -> {
            ByteBuffer staging = kernels.staging(length * Float.BYTES);
            for (int i = 0; i < length; i++) {
                staging.putFloat((float) values[at + i]);
            }
            upload(tensor, at, staging.flip());
        });
    }

    @Override
    public void write(Tensor tensor, int[] values, int count) {
        needs(count <= values.length && count <= tensor.count(), "write", typed(tensor, DType.I32), count);
        pieces(count, Integer.BYTES, (at, length) -> {
            ByteBuffer staging = kernels.staging(length * Integer.BYTES);
            staging.asIntBuffer().put(values, at, length);
            upload(tensor, at, staging.limit(length * Integer.BYTES));
        });
    }

    @Override
    public void write(Tensor tensor, byte[] values) {
        needs(values.length == tensor.count(), "write", typed(tensor, DType.U8), values.length);
        pieces(values.length, 1, (at, length) -> {
            upload(tensor, at, kernels.staging(length).put(values, at, length).flip());
        });
    }

    private void upload(Tensor tensor, int at, ByteBuffer from) {
        driver.upload(
                Driver.Stream.MAIN,
                CudaMemory.address(tensor) + (long) at * tensor.type().bytes(),
                from);
    }

    @Override
    public void read(Tensor tensor, float[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.F32), values.length);
        pieces(values.length, Float.BYTES, (at, length) -> {
            download(tensor, at, length).asFloatBuffer().get(values, at, length);
        });
    }

    @Override
    public void read(Tensor tensor, double[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.F32), values.length);
        pieces(values.length, Float.BYTES, (at, length) -> {
            ByteBuffer staging = download(tensor, at, length);
            for (int i = 0; i < length; i++) {
                values[at + i] = staging.getFloat();
            }
        });
    }

    @Override
    public void read(Tensor tensor, int[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.I32), values.length);
        pieces(values.length, Integer.BYTES, (at, length) -> {
            download(tensor, at, length).asIntBuffer().get(values, at, length);
        });
    }

    @Override
    public void read(Tensor tensor, byte[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.U8), values.length);
        pieces(values.length, 1, (at, length) -> {
            download(tensor, at, length).get(values, at, length);
        });
    }

    private ByteBuffer download(Tensor tensor, int at, int length) {
        int size = tensor.type().bytes();
        ByteBuffer staging = kernels.staging(length * size).limit(length * size);
        driver.download(Driver.Stream.MAIN, staging, CudaMemory.address(tensor) + (long) at * size);
        return staging.rewind();
    }

    private interface Piece {
        void move(int at, int length);
    }

    /** Transfers go through one staging buffer of bounded size. */
    private static void pieces(int count, int size, Piece piece) {
        int most = PIECE / size;
        for (int at = 0; at < count; at += most) {
            piece.move(at, Math.min(most, count - at));
        }
    }

    @Override
    public void zero(Tensor tensor) {
        if (tensor.count() > 0) {
            driver.fill(
                    Driver.Stream.MAIN,
                    CudaMemory.address(tensor),
                    (byte) 0,
                    tensor.count() * tensor.type().bytes());
        }
    }

    @Override
    public void copy(Tensor to, Tensor from) {
        needs(to.type() == from.type() && to.count() == from.count(), "copy", to, from.count());
        if (to.count() > 0) {
            driver.copy(
                    Driver.Stream.MAIN,
                    CudaMemory.address(to),
                    CudaMemory.address(from),
                    to.count() * to.type().bytes());
        }
    }

    private static Tensor typed(Tensor tensor, DType type) {
        if (tensor.type() != type) {
            throw new IllegalArgumentException("cuda: " + tensor + " does not hold " + type);
        }
        return tensor;
    }

    private static void needs(boolean condition, String what, Tensor tensor, long count) {
        if (!condition) {
            throw new IllegalArgumentException("cuda " + what + ": " + tensor + " does not match " + count + " values");
        }
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
    public Gelu gelu() {
        return gelu;
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
    public Residual residual() {
        return residual;
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
    public Ema ema() {
        return ema;
    }

    @Override
    public void close() {
        kernels.close();
        driver.close();
    }
}
