package attmask.ops.cpu;

import attmask.ops.Attention;
import attmask.tensor.Tensor;

/**
 * {@link Attention} by image and head, read from the packed qkv in place. Queries are taken in blocks, so that scratch
 * holds QUERIES × T scores and not T × T.
 */
final class CpuAttention extends Attention {
    private static final int QUERIES = 128;

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

    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        workers.each(logSumExp.dim(0) * logSumExp.dim(1), (item, scratch) -> {
            Head head = Head.of(item, logSumExp, qkv);
            for (int from = 0; from < head.tokens; from += QUERIES) {
                int rows = Math.min(QUERIES, head.tokens - from);
                Floats scores = scratch.nativeFloats(0, rows * head.tokens);
                scores(scores, head, from, rows, Floats.of(qkv), scratch);
                float[] values = scratch.floats(0, rows * head.tokens);
                scores.get(0, values, 0, rows * head.tokens);
                softmax(values, head, from, rows, Floats.of(logSumExp), scratch);
                scores.put(0, values, 0, rows * head.tokens);
                scratch.gemm.plain(
                        rows,
                        head.head,
                        head.tokens,
                        1f,
                        scores.at(0),
                        head.tokens,
                        Floats.of(qkv).at(head.v()),
                        head.packed(),
                        0f,
                        Floats.of(out).at(head.out(from)),
                        head.width);
            }
        });
    }

    /** scores (rows, T) ← q·kᵀ/√E for queries {@code from .. from+rows-1}. */
    private static void scores(Floats scores, Head head, int from, int rows, Floats qkv, Scratch scratch) {
        scratch.gemm.timesTransposed(
                rows,
                head.tokens,
                head.head,
                head.scale(),
                qkv.at(head.q(from)),
                head.packed(),
                qkv.at(head.k()),
                head.packed(),
                0f,
                scores.at(0),
                head.tokens);
    }

    private static void softmax(float[] scores, Head head, int from, int rows, Floats logSumExp, Scratch scratch) {
        int tokens = head.tokens;
        float[] max = scratch.floats(1, rows);
        for (int i = 0; i < rows; i++) {
            max[i] = RowMath.max(scores, i * tokens, tokens);
            subtract(scores, i * tokens, tokens, max[i]);
        }
        scratch.exponential.apply(scores, 0, rows * tokens);
        for (int i = 0; i < rows; i++) {
            float sum = RowMath.sum(scores, i * tokens, tokens);
            scale(scores, i * tokens, tokens, 1 / sum);
            logSumExp.put(head.statistics + from + i, max[i] + (float) Math.log(sum));
        }
    }

    private static void subtract(float[] x, int from, int count, float value) {
        for (int i = from; i < from + count; i++) {
            x[i] -= value;
        }
    }

    private static void scale(float[] x, int from, int count, float value) {
        for (int i = from; i < from + count; i++) {
            x[i] *= value;
        }
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        workers.each(logSumExp.dim(0) * logSumExp.dim(1), (item, scratch) -> {
            Head head = Head.of(item, logSumExp, qkv);
            for (int from = 0; from < head.tokens; from += QUERIES) {
                backward(
                        head,
                        from,
                        Math.min(QUERIES, head.tokens - from),
                        Floats.of(dqkv),
                        Floats.of(dout),
                        Floats.of(qkv),
                        Floats.of(logSumExp),
                        scratch);
            }
        });
    }

    private static void backward(
            Head head, int from, int rows, Floats dqkv, Floats dout, Floats qkv, Floats logSumExp, Scratch scratch) {
        int tokens = head.tokens;
        int count = rows * tokens;
        int packed = head.packed();
        float keep = from == 0 ? 0f : 1f;
        Floats p = scratch.nativeFloats(0, count);
        Floats ds = scratch.nativeFloats(1, count);
        float[] probabilities = scratch.floats(0, count);
        scores(p, head, from, rows, qkv, scratch);
        probabilities(probabilities, p, head, from, rows, logSumExp, scratch);
        long dOut = dout.at(head.out(from));
        scratch.gemm.transposedTimes(
                tokens, head.head, rows, 1f, p.at(0), tokens, dOut, head.width, keep, dqkv.at(head.v()), packed);
        scratch.gemm.timesTransposed(
                rows, tokens, head.head, 1f, dOut, head.width, qkv.at(head.v()), packed, 0f, ds.at(0), tokens);
        float[] gradient = scratch.floats(2, count);
        ds.get(0, gradient, 0, count);
        for (int i = 0; i < rows; i++) {
            scoreGradient(gradient, probabilities, i * tokens, tokens, head.scale());
        }
        ds.put(0, gradient, 0, count);
        scratch.gemm.plain(
                rows,
                head.head,
                tokens,
                1f,
                ds.at(0),
                tokens,
                qkv.at(head.k()),
                packed,
                0f,
                dqkv.at(head.q(from)),
                packed);
        scratch.gemm.transposedTimes(
                tokens,
                head.head,
                rows,
                1f,
                ds.at(0),
                tokens,
                qkv.at(head.q(from)),
                packed,
                keep,
                dqkv.at(head.k()),
                packed);
    }

    /** p ← exp(p − logSumExp), in native memory and in {@code values}. */
    private static void probabilities(
            float[] values, Floats p, Head head, int from, int rows, Floats logSumExp, Scratch scratch) {
        int tokens = head.tokens;
        p.get(0, values, 0, rows * tokens);
        for (int i = 0; i < rows; i++) {
            subtract(values, i * tokens, tokens, logSumExp.get(head.statistics + from + i));
        }
        scratch.exponential.apply(values, 0, rows * tokens);
        p.put(0, values, 0, rows * tokens);
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

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        workers.each(logSumExp.dim(0) * logSumExp.dim(1), (item, scratch) -> {
            Head head = Head.of(item, logSumExp, qkv);
            for (int from = 0; from < head.tokens; from += QUERIES) {
                int rows = Math.min(QUERIES, head.tokens - from);
                int count = rows * head.tokens;
                Floats p = scratch.nativeFloats(0, count);
                float[] values = scratch.floats(0, count);
                scores(p, head, from, rows, Floats.of(qkv), scratch);
                probabilities(values, p, head, from, rows, Floats.of(logSumExp), scratch);
                Floats.of(probabilities).put((head.statistics + from) * head.tokens, values, 0, count);
            }
        });
    }
}
