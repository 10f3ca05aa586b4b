package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.Attention;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * {@link Attention} on the GPU: float32, or bfloat16 on tensor cores where the heads' width allows it. Other widths in
 * bfloat16 go through the float32 kernels by way of converted copies; no published ViT has them.
 */
final class CudaAttention extends Attention {
    private final Transfers transfers;
    private final FloatAttention floats;
    private final TensorCoreAttention cores;
    private final DeviceBuffer converted;

    CudaAttention(Kernels kernels, Transfers transfers) {
        this.transfers = transfers;
        floats = new FloatAttention(kernels);
        cores = new TensorCoreAttention(kernels);
        converted = kernels.buffer();
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        AttentionHeads heads = AttentionHeads.of(qkv, logSumExp);
        if (qkv.type() == DType.F32) {
            floats.forward(heads, at(out), at(logSumExp), at(qkv));
        } else if (cores.takes(heads, at(out), at(qkv))) {
            cores.forward(heads, at(out), at(logSumExp), at(qkv));
        } else {
            Copies copies = new Copies(heads);
            copies.take(copies.qkv, qkv);
            floats.forward(heads, copies.out, at(logSumExp), copies.qkv);
            copies.give(out, copies.out);
        }
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        AttentionHeads heads = AttentionHeads.of(qkv, logSumExp);
        if (qkv.type() == DType.F32) {
            floats.backward(heads, at(dqkv), at(dout), at(qkv), at(out), at(logSumExp));
        } else if (cores.takes(heads, at(dqkv), at(dout), at(qkv), at(out))) {
            cores.backward(heads, at(dqkv), at(dout), at(qkv), at(out), at(logSumExp));
        } else {
            Copies copies = new Copies(heads);
            copies.take(copies.qkv, qkv);
            copies.take(copies.out, out);
            copies.take(copies.dout, dout);
            floats.backward(heads, copies.dqkv, copies.dout, copies.qkv, copies.out, at(logSumExp));
            copies.give(dqkv, copies.dqkv);
        }
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        AttentionHeads heads = AttentionHeads.of(qkv, logSumExp);
        long packed = at(qkv);
        if (qkv.type() != DType.F32) {
            Copies copies = new Copies(heads);
            copies.take(copies.qkv, qkv);
            packed = copies.qkv;
        }
        floats.probabilities(heads, at(probabilities), packed, at(logSumExp));
    }

    /** Addresses of float32 copies. */
    private final class Copies {
        private final long qkv;
        private final long dqkv;
        private final long out;
        private final long dout;

        Copies(AttentionHeads heads) {
            long bytes = heads.elements() * Float.BYTES;
            qkv = converted.ofAtLeast(8 * bytes);
            dqkv = qkv + 3 * bytes;
            out = dqkv + 3 * bytes;
            dout = out + bytes;
        }

        void take(long copy, Tensor from) {
            transfers.convert(DType.F32, copy, at(from), from.count());
        }

        void give(Tensor to, long copy) {
            transfers.convert(DType.BF16, at(to), copy, to.count());
        }
    }
}
