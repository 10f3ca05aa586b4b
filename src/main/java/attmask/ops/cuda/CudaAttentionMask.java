package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.config.UserException;
import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.AttentionMask;
import attmask.tensor.Tensor;

/** {@link AttentionMask} on the GPU: kernels/attention_mask.cu, a block for each image. */
final class CudaAttentionMask extends AttentionMask {
    private static final int THREADS = 256;
    /** Of a token in shared memory: weight, score, place and rank, four bytes each, and three flags. */
    private static final int BYTES_PER_TOKEN = 4 * 4 + 3;
    /** What {@link attmask.random.RandomStream#nextUnit} is a multiple of, inverted. */
    private static final double UNITS = 0x1p24;

    private final Kernels kernels;
    private final Kernels.Typed scores;
    private final Driver.Kernel select;
    private final Kernels.Typed choose;
    private final Driver.Kernel rows;

    CudaAttentionMask(Kernels kernels) {
        this.kernels = kernels;
        scores = kernels.typed("attention_mask", "attention_mask_scores");
        select = kernels.kernel("attention_mask", "attention_mask_select");
        choose = kernels.typed("attention_mask", "attention_mask_choose");
        rows = kernels.kernel("attention_mask", "attention_mask_rows");
    }

    private LaunchConfig launch(Tensor scores) {
        int tokens = 1 + scores.dim(1);
        int bytes = tokens * BYTES_PER_TOKEN;
        int most = kernels.driver().device().sharedBytesPerBlock();
        if (bytes > most) {
            throw new UserException("the cuda backend chooses among at most " + most / BYTES_PER_TOKEN
                    + " patches, these images have " + scores.dim(1) + ": take larger patches, or --device cpu");
        }
        return LaunchConfig.of(scores.dim(0), THREADS).withShared(bytes);
    }

    @Override
    protected void computeScores(Tensor scores, Tensor qkv, int heads) {
        int width = width(qkv, heads);
        kernels.launch(
                this.scores.of(qkv),
                launch(scores),
                kernels.args()
                        .pointer(at(scores))
                        .pointer(at(qkv))
                        .i32(1 + scores.dim(1))
                        .i32(heads)
                        .i32(width)
                        .f32(scale(width)));
    }

    @Override
    protected void computeSelect(Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        boolean known = startsAreKnown(rule);
        Args args = kernels.args()
                .pointer(at(mask))
                .pointer(known ? at(rows) : 0)
                .pointer(at(scores))
                .i32(scores.dim(1));
        kernels.launch(select, launch(scores), add(args, rule));
        if (!known) {
            list(rows, mask);
        }
    }

    @Override
    protected void computeChoose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads, Rule rule) {
        boolean known = startsAreKnown(rule);
        int width = width(qkv, heads);
        Args args = kernels.args()
                .pointer(at(mask))
                .pointer(known ? at(rows) : 0)
                .pointer(at(scores))
                .pointer(at(qkv))
                .i32(1 + scores.dim(1))
                .i32(heads)
                .i32(width);
        kernels.launch(choose.of(qkv), launch(scores), add(args, rule).f32(scale(width)));
        if (!known) {
            list(rows, mask);
        }
    }

    /**
     * True if a block knows by itself where its rows start, because the draws alone say how many tokens an image hides:
     * what is revealed must have been hidden. No training run has it otherwise; the list is then a launch of its own.
     */
    private static boolean startsAreKnown(Rule rule) {
        return rule.reveal() == 0 || (rule.highest() && rule.pool() <= rule.count());
    }

    private void list(Tensor rows, Tensor mask) {
        kernels.launch(
                this.rows,
                LaunchConfig.of(mask.dim(0), THREADS),
                kernels.args().pointer(at(rows)).pointer(at(mask)).i32(mask.dim(1)));
    }

    private static Args add(Args args, Rule rule) {
        return args.i32(rule.highest() ? 1 : 0)
                .i32(rule.count())
                .i32(below(rule.chance()))
                .i32(rule.pool())
                .i32(rule.reveal())
                .i32(below(rule.probability()))
                .i64(rule.seed())
                .i32(rule.step())
                .i32(rule.part().first())
                .i32(rule.part().images())
                .i32(rule.part().batch());
    }

    /** A draw in integers: the unit k·2⁻²⁴ is less than the probability if and only if k is less than this. */
    private static int below(double probability) {
        return (int) Math.max(0, Math.min(UNITS, Math.ceil(probability * UNITS)));
    }

    private static int width(Tensor qkv, int heads) {
        return qkv.dim(-1) / 3 / heads;
    }

    private static float scale(int width) {
        return (float) (1 / Math.sqrt(width));
    }
}
