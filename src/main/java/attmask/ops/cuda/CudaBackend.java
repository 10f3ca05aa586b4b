package attmask.ops.cuda;

import attmask.config.Precision;
import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.GraphDriver;
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
import attmask.ops.Staging;
import attmask.ops.TokenAssembly;
import attmask.ops.TokenMean;
import attmask.ops.Unfold;
import attmask.ops.WeightNorm;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * float32 on a GPU, or bfloat16 with float32 where it counts: tensors in device memory, matrix products by cuBLAS,
 * everything else by the kernels of this program. Results are bit for bit the same in every run: no sum depends on the
 * order of threads. One thread at a time may use it.
 */
public final class CudaBackend implements Backend {
    private static final Map<Precision, String> NAMES =
            Map.of(Precision.FP32, "float32", Precision.TF32, "float32, products in TF32", Precision.BF16, "bfloat16");

    private final Driver driver;
    private final Optional<GraphDriver> graphs;
    private final Precision precision;
    private final Kernels kernels;
    /** Of copies to the device; made when first asked for. */
    private Driver.Stream copies;

    private final Transfers transfers;
    private final Augment augment;
    private final Linear linear;
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

    /** In float32. */
    public CudaBackend(Driver driver) {
        this(driver, Precision.FP32);
    }

    /** Without CUDA graphs. */
    public CudaBackend(Driver driver, Precision precision) {
        this(driver, Optional.empty(), precision);
    }

    /** The segments of a step as CUDA graphs. */
    public CudaBackend(GraphDriver driver, Precision precision) {
        this(driver, Optional.of(driver), precision);
    }

    /** Takes over the driver: {@link #close} closes it. */
    private CudaBackend(Driver driver, Optional<GraphDriver> graphs, Precision precision) {
        this.driver = driver;
        this.graphs = graphs;
        this.precision = precision.or(Precision.BF16);
        if (this.precision == Precision.BF16X3) {
            throw new UserException("precision bf16x3 is for CPUs; on a GPU use bf16, tf32 or fp32");
        }
        kernels = new Kernels(driver);
        transfers = new Transfers(kernels);
        augment = new CudaAugment(kernels);
        linear = new CudaLinear(kernels, this.precision == Precision.TF32 ? GemmType.TF32 : GemmType.F32);
        layerNorm = new CudaLayerNorm(kernels);
        softmax = new CudaSoftmax(kernels);
        attention = new CudaAttention(kernels);
        attentionMask = new CudaAttentionMask(kernels);
        unfold = new CudaUnfold(kernels);
        tokenAssembly = new CudaTokenAssembly(kernels);
        positionResize = new CudaPositionResize(kernels);
        l2Normalize = new CudaL2Normalize(kernels);
        weightNorm = new CudaWeightNorm(kernels);
        rows = new CudaRows(kernels);
        distillationCrossEntropy = new CudaDistillationCrossEntropy(kernels);
        l1Loss = new CudaL1Loss(kernels);
        crossEntropy = new CudaCrossEntropy(kernels);
        tokenMean = new CudaTokenMean(kernels);
        argMax = new CudaArgMax(kernels);
        clipGradients = new CudaClipGradients(kernels);
        adamW = new CudaAdamW(kernels);
        sgd = new CudaSgd(kernels);
        ema = new CudaEma(kernels);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        DeviceProperties device = driver.device();
        return NAMES.get(precision) + ", " + device.name() + ", compute capability " + device.major() + "."
                + device.minor();
    }

    @Override
    public DType real() {
        return DType.F32;
    }

    @Override
    public DType activation() {
        return precision == Precision.BF16 ? DType.BF16 : DType.F32;
    }

    @Override
    public double roundoff() {
        return precision == Precision.TF32 ? 0x1p-11 : Backend.super.roundoff();
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
        transfers.write(tensor, values, from);
    }

    @Override
    public void write(Tensor tensor, double[] values) {
        transfers.write(tensor, values);
    }

    @Override
    public void write(Tensor tensor, int[] values, int count) {
        transfers.write(tensor, values, count);
    }

    @Override
    public void write(Tensor tensor, byte[] values) {
        transfers.write(tensor, values);
    }

    @Override
    public void read(Tensor tensor, float[] values) {
        transfers.read(tensor, values);
    }

    @Override
    public void read(Tensor tensor, double[] values) {
        transfers.read(tensor, values);
    }

    @Override
    public void read(Tensor tensor, int[] values) {
        transfers.read(tensor, values);
    }

    @Override
    public void read(Tensor tensor, byte[] values) {
        transfers.read(tensor, values);
    }

    @Override
    public void zero(Tensor tensor) {
        transfers.zero(tensor);
    }

    @Override
    public void copy(Tensor to, Tensor from) {
        transfers.copy(to, from);
    }

    @Override
    public void segment(Runnable work) {
        graphs.ifPresentOrElse(driver -> driver.segment(work), work);
    }

    @Override
    public boolean worksBesideTheHost() {
        return true;
    }

    @Override
    public Staging staging(int bytes) {
        if (copies == null) {
            copies = driver.stream();
        }
        return new CudaStaging(this, driver, copies, bytes);
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
        kernels.close();
        driver.close();
    }
}
