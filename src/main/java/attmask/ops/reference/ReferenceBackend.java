package attmask.ops.reference;

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
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;

/** Every op in double precision, written to be read: what the other backends are checked against. */
public final class ReferenceBackend implements Backend {
    private final Augment augment = new ReferenceAugment();
    private final Linear linear = new ReferenceLinear();
    private final LayerNorm layerNorm = new ReferenceLayerNorm();
    private final Softmax softmax = new ReferenceSoftmax();
    private final Attention attention = new ReferenceAttention();
    private final AttentionMask attentionMask = new ReferenceAttentionMask();
    private final Unfold unfold = new ReferenceUnfold();
    private final TokenAssembly tokenAssembly = new ReferenceTokenAssembly();
    private final PositionResize positionResize = new ReferencePositionResize();
    private final L2Normalize l2Normalize = new ReferenceL2Normalize();
    private final WeightNorm weightNorm = new ReferenceWeightNorm();
    private final Rows rows = new ReferenceRows();
    private final DistillationCrossEntropy distillationCrossEntropy = new ReferenceDistillationCrossEntropy();
    private final L1Loss l1Loss = new ReferenceL1Loss();
    private final CrossEntropy crossEntropy = new ReferenceCrossEntropy();
    private final TokenMean tokenMean = new ReferenceTokenMean();
    private final ArgMax argMax = new ReferenceArgMax();
    private final ClipGradients clipGradients = new ReferenceClipGradients();
    private final AdamW adamW = new ReferenceAdamW();
    private final Sgd sgd = new ReferenceSgd();
    private final Ema ema = new ReferenceEma();

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "plain Java loops in double precision, one thread";
    }

    @Override
    public DType real() {
        return DType.F64;
    }

    @Override
    public Memory allocate(long bytes) {
        return new HeapMemory(bytes);
    }

    @Override
    public void write(Tensor tensor, float[] values, int from) {
        DoubleBuffer buffer = (DoubleBuffer) tensor.handle();
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, values[from + i]);
        }
    }

    @Override
    public void write(Tensor tensor, double[] values) {
        HeapMemory.write(tensor, values);
    }

    @Override
    public void write(Tensor tensor, int[] values, int count) {
        ((IntBuffer) tensor.handle()).put(0, values, 0, count);
    }

    @Override
    public void write(Tensor tensor, byte[] values) {
        ((ByteBuffer) tensor.handle()).put(0, values);
    }

    @Override
    public void read(Tensor tensor, float[] values) {
        DoubleBuffer buffer = (DoubleBuffer) tensor.handle();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) buffer.get(i);
        }
    }

    @Override
    public void read(Tensor tensor, double[] values) {
        ((DoubleBuffer) tensor.handle()).get(0, values);
    }

    @Override
    public void read(Tensor tensor, int[] values) {
        ((IntBuffer) tensor.handle()).get(0, values);
    }

    @Override
    public void read(Tensor tensor, byte[] values) {
        ((ByteBuffer) tensor.handle()).get(0, values);
    }

    @Override
    public void zero(Tensor tensor) {
        HeapMemory.zero(tensor);
    }

    @Override
    public void copy(Tensor to, Tensor from) {
        HeapMemory.copy(to, from);
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
        // Nothing is held but heap memory.
    }
}
