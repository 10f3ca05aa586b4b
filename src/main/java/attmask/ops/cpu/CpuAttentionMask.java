package attmask.ops.cpu;

import attmask.ops.AttentionMask;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** {@link AttentionMask} by image; the list of rows is written last, in order. */
final class CpuAttentionMask extends AttentionMask {
    private final Workers workers;

    CpuAttentionMask(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeScores(Tensor scores, Tensor qkv, int heads) {
        int patches = scores.dim(1);
        int tokens = patches + 1;
        int width = qkv.dim(-1) / 3;
        int head = width / heads;
        float scale = (float) (1 / Math.sqrt(head));
        workers.each(scores.dim(0), (image, scratch) -> {
            Floats row = scratch.nativeFloats(0, tokens);
            float[] values = scratch.floats(0, tokens);
            float[] mean = scratch.floats(1, tokens);
            Arrays.fill(mean, 0, tokens, 0f);
            long start = (long) image * tokens * 3 * width;
            for (int h = 0; h < heads; h++) {
                long q = Floats.of(qkv).at(start + (long) h * head);
                long k = Floats.of(qkv).at(start + width + (long) h * head);
                scratch.gemm.timesTransposed(
                        1, tokens, head, scale, q, 3L * width, k, 3L * width, 0f, row.at(0), tokens);
                row.get(0, values, 0, tokens);
                CpuSoftmax.shiftAndScale(values, RowMath.max(values, 0, tokens), 1f, tokens);
                scratch.exponential.apply(values, 0, tokens);
                addScaled(mean, values, 1 / (RowMath.sum(values, 0, tokens) * heads), tokens);
            }
            Floats.of(scores).put((long) image * patches, mean, 1, patches);
        });
    }

    private static void addScaled(float[] sum, float[] x, float scale, int count) {
        for (int i = 0; i < count; i++) {
            sum[i] += x[i] * scale;
        }
    }

    @Override
    protected void computeSelect(Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        int images = scores.dim(0);
        int patches = scores.dim(1);
        ByteBuffer bytes = (ByteBuffer) mask.handle();
        workers.each(images, (image, scratch) -> {
            byte[] hidden = new byte[patches];
            if (rule.masks(image)) {
                float[] values = scratch.floats(0, patches);
                Floats.of(scores).get((long) image * patches, values, 0, patches);
                hide(hidden, values, rule, image);
            }
            bytes.put(image * patches, hidden);
        });
        list((IntBuffer) rows.handle(), bytes, images, patches);
    }

    private static void hide(byte[] hidden, float[] scores, Rule rule, int image) {
        int patches = hidden.length;
        int[] chosen = order(scores, patches, rule.highest());
        for (int i = 0; i < rule.count(); i++) {
            hidden[chosen[i]] = 1;
        }
        if (rule.chance() < 1) {
            thin(hidden, rule.hidden(image));
        }
        if (rule.reveal() > 0) {
            int[] mostAttended = rule.highest() ? chosen : order(scores, patches, true);
            for (int rank : rule.revealedRanks(image)) {
                hidden[mostAttended[rank]] = 0;
            }
        }
    }

    /** Shows those of the chosen tokens again that the draw says. */
    private static void thin(byte[] hidden, boolean[] drawn) {
        int next = 0;
        for (int n = 0; n < hidden.length; n++) {
            if (hidden[n] != 0 && !drawn[next++]) {
                hidden[n] = 0;
            }
        }
    }

    /** Indices by score, highest or lowest first, ties in ascending order of index. */
    private static int[] order(float[] scores, int count, boolean highest) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            // Ints in the order of Float.compare.
            int bits = Float.floatToIntBits(scores[i]);
            int ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            keys[i] = (long) (highest ? ~ascending : ascending) << 32 | i;
        }
        Arrays.sort(keys);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = (int) keys[i];
        }
        return order;
    }

    private static void list(IntBuffer rows, ByteBuffer mask, int images, int patches) {
        int next = 0;
        for (int i = 0; i < images * patches; i++) {
            if (mask.get(i) != 0) {
                rows.put(next++, i / patches * (1 + patches) + 1 + i % patches);
            }
        }
    }
}
