package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.AttentionMask;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** {@link AttentionMask} by sorting. */
final class ReferenceAttentionMask extends AttentionMask {
    @Override
    protected void computeScores(Tensor scores, Tensor qkv, int heads) {
        int images = scores.dim(0);
        int tokens = scores.dim(1) + 1;
        int width = qkv.dim(-1) / 3 / heads;
        double[] x = read(qkv);
        double[] mean = new double[images * (tokens - 1)];
        for (int b = 0; b < images; b++) {
            for (int h = 0; h < heads; h++) {
                int q = (b * tokens * 3 * heads + h) * width;
                double[] p = new double[tokens];
                for (int j = 0; j < tokens; j++) {
                    int k = ((b * tokens + j) * 3 * heads + heads + h) * width;
                    for (int e = 0; e < width; e++) {
                        p[j] += x[q + e] * x[k + e] / Math.sqrt(width);
                    }
                }
                ReferenceSoftmax.softmax(p, 0, tokens, new double[tokens], 1);
                for (int n = 0; n < tokens - 1; n++) {
                    mean[b * (tokens - 1) + n] += p[1 + n] / heads;
                }
            }
        }
        write(scores, mean);
    }

    @Override
    protected void computeSelect(Tensor mask, Tensor rows, Tensor scores, Rule rule) {
        int images = scores.dim(0);
        int patches = scores.dim(1);
        double[] score = read(scores);
        byte[] chosen = new byte[images * patches];
        for (int b = 0; b < images; b++) {
            if (rule.masks(b)) {
                int first = b * patches;
                int[] falling = order(score, first, patches, true);
                int[] order = rule.highest() ? falling : order(score, first, patches, false);
                int[] ascending = Arrays.stream(order, 0, rule.count()).sorted().toArray();
                boolean[] hidden = rule.hidden(b);
                for (int i = 0; i < rule.count(); i++) {
                    chosen[first + ascending[i]] = (byte) (hidden[i] ? 1 : 0);
                }
                for (int rank : rule.revealedRanks(b)) {
                    chosen[first + falling[rank]] = 0;
                }
            }
        }
        ((ByteBuffer) mask.handle()).put(0, chosen);
        int[] compact = IntStream.range(0, chosen.length)
                .filter(i -> chosen[i] == 1)
                .map(i -> i / patches * (patches + 1) + 1 + i % patches)
                .toArray();
        ((IntBuffer) rows.handle()).put(0, compact);
    }

    /** Token indices by falling or rising score, ties by index (the sort is stable). */
    private static int[] order(double[] score, int first, int patches, boolean falling) {
        Comparator<Integer> rising = Comparator.comparingDouble(n -> score[first + n]);
        return IntStream.range(0, patches)
                .boxed()
                .sorted(falling ? rising.reversed() : rising)
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
