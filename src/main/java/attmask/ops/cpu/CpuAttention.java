package attmask.ops.cpu;

import attmask.ops.Attention;
import attmask.ops.cpu.Primitives.Batch;
import attmask.ops.cpu.Primitives.BatchProduct;
import attmask.tensor.Tensor;

/**
 * {@link Attention} by blocks of heads, read from the packed qkv in place. Long queries are taken in parts, so that scratch
 * holds QUERIES × T scores and not T × T; short ones several heads, or images, at a time, which share the calls.
 */
final class CpuAttention extends Attention {
    private static final int QUERIES = 128;
    /** Scores worked on at once, where several heads' fit: with what goes with them they stay in the second-level cache. */
    private static final int SCORES = 12800;
    /** Probabilities from which log-sum-exp is exact enough, see {@link #logSumExp}. */
    private static final float PLAIN = 0x1p-12f;

    private final Workers workers;

    CpuAttention(Workers workers) {
        this.workers = workers;
    }

    /**
     * The queries {@code from .. from+rows-1} of {@code heads} heads of {@code images} images; all heads of several images,
     * or some of one; all queries, or some of one head.
     */
    private record Block(int image, int images, int head, int heads, int from, int rows, Tensor logSumExp, Tensor qkv) {
        int tokens() {
            return logSumExp.dim(2);
        }

        private int width() {
            return qkv.dim(-1) / 3;
        }

        private int headWidth() {
            return width() / logSumExp.dim(1);
        }

        float scale() {
            return (float) (1 / Math.sqrt(headWidth()));
        }

        /** Rows of scores. */
        int count() {
            return images * heads * rows;
        }

        /** First number of logSumExp. */
        long statistics() {
            return ((long) image * logSumExp.dim(1) + head) * tokens() + from;
        }

        /** Layout of q (from, rows), k or v (all tokens) in qkv. */
        Batch packed(int queries) {
            return inRows(queries, 3 * width());
        }

        /** Layout of the heads' columns in out. */
        Batch columns() {
            return inRows(rows, width());
        }

        private Batch inRows(int queries, int stride) {
            return new Batch(images, heads, queries, headWidth(), tokens() * stride, headWidth(), stride, 1);
        }

        /** Layout of the scores, a row for each query. */
        Batch scores() {
            int size = rows * tokens();
            return new Batch(images, heads, rows, tokens(), heads * size, size, tokens(), 1);
        }

        /** Address of q, 0, of the queries, or k, 1, or v, 2, of all tokens, in qkv or its gradient. */
        long packed(Tensor tensor, int part) {
            long row = (long) image * tokens() + (part == 0 ? from : 0);
            return Floats.of(tensor).at((row * 3 + part) * width() + (long) head * headWidth());
        }

        /** Address of the heads' columns in out or its gradient. */
        long columns(Tensor tensor) {
            return Floats.of(tensor).at(((long) image * tokens() + from) * width() + (long) head * headWidth());
        }
    }

    private interface BlockTask {
        void run(Block block, Scratch scratch);
    }

    /** Runs a task over all blocks; those of one head follow each other on one thread. */
    private void blocks(Tensor logSumExp, Tensor qkv, BlockTask task) {
        int images = logSumExp.dim(0);
        int heads = logSumExp.dim(1);
        int tokens = logSumExp.dim(2);
        int fit = tokens > QUERIES ? 1 : Math.max(1, SCORES / (tokens * tokens));
        int some = largestPart(heads, fit);
        int together = Math.max(1, fit / heads);
        int groups = heads / some;
        workers.each(Math.multiplyExact(Workers.chunks(images, together), groups), (item, scratch) -> {
            int image = item / groups * together;
            int count = Math.min(together, images - image);
            for (int from = 0; from < tokens; from += QUERIES) {
                int rows = Math.min(QUERIES, tokens - from);
                task.run(new Block(image, count, item % groups * some, some, from, rows, logSumExp, qkv), scratch);
            }
        });
    }

    /** The largest divisor of {@code count} that is no more than {@code most}. */
    private static int largestPart(int count, int most) {
        int part = Math.min(count, most);
        while (count % part != 0) {
            part--;
        }
        return part;
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        blocks(logSumExp, qkv, (block, scratch) -> {
            int tokens = block.tokens();
            Floats scores = scores(block, scratch);
            Floats p = scratch.nativeFloats(1, block.count() * tokens);
            scratch.rowPrimitives().softmax(block.count(), tokens).run(scores.at(0), p.at(0));
            for (int i = 0; i < block.count(); i++) {
                Floats.of(logSumExp).put(block.statistics() + i, logSumExp(scores, p, i * tokens, tokens));
            }
            product(block.scores(), block.packed(tokens), block.columns(), 1, false, scratch)
                    .run(p.at(0), block.packed(qkv, 2), block.columns(out));
        });
    }

    private static Primitive product(Batch a, Batch b, Batch y, float scale, boolean accumulated, Scratch scratch) {
        return scratch.primitives().product(new BatchProduct(a, b, y, scale, accumulated));
    }

    /** Native slot 0 ← q·kᵀ/√E. */
    private static Floats scores(Block block, Scratch scratch) {
        Floats scores = scratch.nativeFloats(0, block.count() * block.tokens());
        Batch q = block.packed(block.rows());
        Batch k = block.packed(block.tokens());
        product(q, k.transposed(), block.scores(), block.scale(), false, scratch)
                .run(block.packed(block.qkv(), 0), block.packed(block.qkv(), 1), scores.at(0));
        return scores;
    }

    /**
     * Of the row of scores at {@code at}, from any of them and its probability: s − log p. A small p has the rounding of
     * a large s − max in it; then the largest is taken.
     */
    private static float logSumExp(Floats scores, Floats p, int at, int tokens) {
        int column = at;
        if (!(p.get(at) >= PLAIN)) {
            for (int j = at + 1; j < at + tokens; j++) {
                column = p.get(j) <= p.get(column) ? column : j;
            }
        }
        return scores.get(column) - (float) Math.log(p.get(column));
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        blocks(logSumExp, qkv, (block, scratch) -> {
            int tokens = block.tokens();
            boolean more = block.from() > 0;
            Batch scores = block.scores();
            Batch q = block.packed(block.rows());
            Batch all = block.packed(tokens);
            long p = probabilities(block, scratch).at(0);
            long ds = scratch.nativeFloats(1, block.count() * tokens).at(0);
            product(scores.transposed(), block.columns(), all, 1, more, scratch)
                    .run(p, block.columns(dout), block.packed(dqkv, 2));
            product(block.columns(), all.transposed(), scores, 1, false, scratch)
                    .run(block.columns(dout), block.packed(qkv, 2), ds);
            scratch.rowPrimitives().softmaxBackward(block.count(), tokens).run(p, ds, ds);
            product(scores, all, q, block.scale(), false, scratch).run(ds, block.packed(qkv, 1), block.packed(dqkv, 0));
            product(scores.transposed(), q, all, block.scale(), more, scratch)
                    .run(ds, block.packed(qkv, 0), block.packed(dqkv, 1));
        });
    }

    /** Native slot 0 ← softmax of the scores, the same numbers as in forward. */
    private static Floats probabilities(Block block, Scratch scratch) {
        Floats p = scores(block, scratch);
        scratch.rowPrimitives().softmax(block.count(), block.tokens()).run(p.at(0), p.at(0));
        return p;
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        blocks(logSumExp, qkv, (block, scratch) -> {
            int count = block.count() * block.tokens();
            float[] values = scratch.floats(0, count);
            probabilities(block, scratch).get(0, values, 0, count);
            Floats.of(probabilities).put(block.statistics() * block.tokens(), values, 0, count);
        });
    }
}
