package attmask.ops.cpu;

import attmask.ops.Attention;
import attmask.tensor.Tensor;

/**
 * {@link Attention} by image and head, read from the packed qkv in place. Long queries are taken in blocks, so that scratch
 * holds QUERIES × T scores and not T × T; short ones several heads at a time, which share the calls.
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

    /** One image and head: offsets of its q, k, v in qkv and of its columns in out, and the sizes. */
    private record Head(int tokens, int width, int head, long qkv, long out, long statistics) {
        static Head of(int item, Tensor logSumExp, Tensor qkv) {
            int heads = logSumExp.dim(1);
            int tokens = logSumExp.dim(2);
            int width = qkv.dim(-1) / 3;
            int head = width / heads;
            long firstRow = (long) (item / heads) * tokens;
            int column = item % heads * head;
            return new Head(
                    tokens,
                    width,
                    head,
                    firstRow * 3 * width + column,
                    firstRow * width + column,
                    (long) item * tokens);
        }

        int packed() {
            return 3 * width;
        }

        float scale() {
            return (float) (1 / Math.sqrt(head));
        }

        long q(int row) {
            return qkv + (long) row * packed();
        }

        long k() {
            return qkv + width;
        }

        long v() {
            return qkv + 2L * width;
        }

        long out(int row) {
            return out + (long) row * width;
        }
    }

    /** The queries {@code from .. from+rows-1} of {@code heads} heads from {@code first} on; several only with all rows. */
    private record Block(int first, int heads, int from, int rows, Tensor logSumExp, Tensor qkv) {
        Head head(int i) {
            return Head.of(first + i, logSumExp, qkv);
        }

        int tokens() {
            return logSumExp.dim(2);
        }

        /** Rows of scores. */
        int count() {
            return heads * rows;
        }

        /** First score of head {@code i}. */
        int scores(int i) {
            return i * rows * tokens();
        }

        /** First number of logSumExp. */
        long statistics() {
            return (long) first * tokens() + from;
        }
    }

    private interface BlockTask {
        void run(Block block, Scratch scratch);
    }

    /** Runs a task over all blocks; those of one head follow each other on one thread. */
    private void blocks(Tensor logSumExp, Tensor qkv, BlockTask task) {
        int tokens = logSumExp.dim(2);
        int together = tokens > QUERIES ? 1 : Math.max(1, SCORES / (tokens * tokens));
        workers.blocks(logSumExp.dim(0) * logSumExp.dim(1), together, (first, heads, scratch) -> {
            for (int from = 0; from < tokens; from += QUERIES) {
                int rows = Math.min(QUERIES, tokens - from);
                task.run(new Block(first, heads, from, rows, logSumExp, qkv), scratch);
            }
        });
    }

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        blocks(logSumExp, qkv, (block, scratch) -> {
            int tokens = block.tokens();
            Floats scores = scores(0, block, scratch);
            Floats p = scratch.nativeFloats(1, block.count() * tokens);
            scratch.rowPrimitives().softmax(block.count(), tokens).run(scores.at(0), p.at(0));
            for (int i = 0; i < block.count(); i++) {
                Floats.of(logSumExp).put(block.statistics() + i, logSumExp(scores, p, i * tokens, tokens));
            }
            for (int i = 0; i < block.heads(); i++) {
                Head head = block.head(i);
                scratch.gemm.plain(
                        block.rows(),
                        head.head,
                        tokens,
                        1f,
                        p.at(block.scores(i)),
                        tokens,
                        Floats.of(qkv).at(head.v()),
                        head.packed(),
                        0f,
                        Floats.of(out).at(head.out(block.from())),
                        head.width);
            }
        });
    }

    /** Native slot ← q·kᵀ/√E, a row for each query. */
    private static Floats scores(int slot, Block block, Scratch scratch) {
        Floats scores = scratch.nativeFloats(slot, block.count() * block.tokens());
        Floats qkv = Floats.of(block.qkv());
        for (int i = 0; i < block.heads(); i++) {
            Head head = block.head(i);
            scratch.gemm.timesTransposed(
                    block.rows(),
                    head.tokens,
                    head.head,
                    head.scale(),
                    qkv.at(head.q(block.from())),
                    head.packed(),
                    qkv.at(head.k()),
                    head.packed(),
                    0f,
                    scores.at(block.scores(i)),
                    head.tokens);
        }
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
            int count = block.count() * block.tokens();
            float[] probabilities = scratch.floats(0, count);
            float[] gradient = scratch.floats(1, count);
            Floats p = probabilities(block, probabilities, scratch);
            Floats ds = scratch.nativeFloats(1, count);
            for (int i = 0; i < block.heads(); i++) {
                valueGradient(block, i, p, ds, Floats.of(dqkv), Floats.of(dout), scratch);
            }
            ds.get(0, gradient, 0, count);
            for (int i = 0; i < count; i += block.tokens()) {
                scoreGradient(
                        gradient,
                        probabilities,
                        i,
                        block.tokens(),
                        block.head(0).scale());
            }
            ds.put(0, gradient, 0, count);
            for (int i = 0; i < block.heads(); i++) {
                queryAndKeyGradient(block, i, ds, Floats.of(dqkv), scratch);
            }
        });
    }

    /** Native slot 0 and {@code values} ← exp(scores − logSumExp). */
    private static Floats probabilities(Block block, float[] values, Scratch scratch) {
        int tokens = block.tokens();
        int count = block.count() * tokens;
        Floats p = scores(0, block, scratch);
        p.get(0, values, 0, count);
        for (int i = 0; i < block.count(); i++) {
            subtract(values, i * tokens, tokens, Floats.of(block.logSumExp()).get(block.statistics() + i));
        }
        p.put(0, values, 0, count);
        scratch.rowPrimitives().exp(count).run(p.at(0), p.at(0));
        p.get(0, values, 0, count);
        return p;
    }

    private static void subtract(float[] x, int from, int count, float value) {
        for (int i = from; i < from + count; i++) {
            x[i] -= value;
        }
    }

    /** dv of head {@code i}, and dp ← dout·vᵀ. */
    private static void valueGradient(
            Block block, int i, Floats p, Floats dp, Floats dqkv, Floats dout, Scratch scratch) {
        Head head = block.head(i);
        int tokens = head.tokens;
        long dOut = dout.at(head.out(block.from()));
        scratch.gemm.transposedTimes(
                tokens,
                head.head,
                block.rows(),
                1f,
                p.at(block.scores(i)),
                tokens,
                dOut,
                head.width,
                block.from() == 0 ? 0f : 1f,
                dqkv.at(head.v()),
                head.packed());
        scratch.gemm.timesTransposed(
                block.rows(),
                tokens,
                head.head,
                1f,
                dOut,
                head.width,
                Floats.of(block.qkv()).at(head.v()),
                head.packed(),
                0f,
                dp.at(block.scores(i)),
                tokens);
    }

    /**
     * dS/√E from dP: gradient ← p · (gradient − delta) · scale. Delta, the mean of dP under p, equals Σ dout·out; taken
     * from the same floats as dP it leaves a row that sums to 0 as closely as floats can, and so a key bias, whose
     * exact gradient is 0, with almost none.
     */
    private static void scoreGradient(float[] gradient, float[] p, int from, int count, float scale) {
        float delta = RowMath.dot(p, from, gradient, from, count) / RowMath.sum(p, from, count);
        for (int i = from; i < from + count; i++) {
            gradient[i] = p[i] * (gradient[i] - delta) * scale;
        }
    }

    /** dq and dk of head {@code i}. */
    private static void queryAndKeyGradient(Block block, int i, Floats ds, Floats dqkv, Scratch scratch) {
        Head head = block.head(i);
        Floats qkv = Floats.of(block.qkv());
        scratch.gemm.plain(
                block.rows(),
                head.head,
                head.tokens,
                1f,
                ds.at(block.scores(i)),
                head.tokens,
                qkv.at(head.k()),
                head.packed(),
                0f,
                dqkv.at(head.q(block.from())),
                head.packed());
        scratch.gemm.transposedTimes(
                head.tokens,
                head.head,
                block.rows(),
                1f,
                ds.at(block.scores(i)),
                head.tokens,
                qkv.at(head.q(block.from())),
                head.packed(),
                block.from() == 0 ? 0f : 1f,
                dqkv.at(head.k()),
                head.packed());
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        blocks(logSumExp, qkv, (block, scratch) -> {
            int count = block.count() * block.tokens();
            float[] values = scratch.floats(0, count);
            probabilities(block, values, scratch);
            Floats.of(probabilities).put(block.statistics() * block.tokens(), values, 0, count);
        });
    }
}
