package attmask.ops.cuda;

import attmask.cuda.Args;
import attmask.tensor.Tensor;

/**
 * The sizes of one attention.
 *
 * @param width E, of a head
 */
record AttentionHeads(int images, int heads, int tokens, int width) {
    static AttentionHeads of(Tensor qkv, Tensor logSumExp) {
        int heads = logSumExp.dim(1);
        return new AttentionHeads(logSumExp.dim(0), heads, logSumExp.dim(2), qkv.dim(-1) / 3 / heads);
    }

    /** Elements of logSumExp. */
    long statistics() {
        return (long) images * heads * tokens;
    }

    float scale() {
        return (float) (1 / Math.sqrt(width));
    }

    /** The sizes that every kernel's arguments begin with. */
    Args tokensAndHeads(Args args) {
        return args.i32(tokens).i32(heads);
    }
}
