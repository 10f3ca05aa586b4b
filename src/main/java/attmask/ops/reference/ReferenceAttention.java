package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Attention;
import attmask.tensor.Tensor;

/** {@link Attention} with every head's T×T matrix spelled out. */
final class ReferenceAttention extends Attention {
    @Override
    protected void computeForward(Tensor out, Tensor logSumExp, Tensor qkv) {
        Heads heads = new Heads(read(qkv), logSumExp);
        double[] o = new double[(int) out.count()];
        double[] lse = new double[(int) logSumExp.count()];
        for (int b = 0; b < heads.images; b++) {
            for (int h = 0; h < heads.heads; h++) {
                for (int i = 0; i < heads.tokens; i++) {
                    double[] p = heads.scores(b, h, i);
                    lse[(b * heads.heads + h) * heads.tokens + i] =
                            ReferenceSoftmax.softmax(p, 0, heads.tokens, new double[heads.tokens], 1);
                    for (int j = 0; j < heads.tokens; j++) {
                        for (int e = 0; e < heads.width; e++) {
                            o[heads.out(b, h, i) + e] += p[j] * heads.qkv[heads.v(b, h, j) + e];
                        }
                    }
                }
            }
        }
        write(out, o);
        write(logSumExp, lse);
    }

    @Override
    protected void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        Heads heads = new Heads(read(qkv), logSumExp);
        double[] lse = read(logSumExp);
        double[] o = read(out);
        double[] g = read(dout);
        double[] x = heads.qkv;
        double[] d = new double[x.length];
        for (int b = 0; b < heads.images; b++) {
            for (int h = 0; h < heads.heads; h++) {
                for (int i = 0; i < heads.tokens; i++) {
                    double[] s = heads.scores(b, h, i);
                    int oi = heads.out(b, h, i);
                    double dot = 0;
                    for (int e = 0; e < heads.width; e++) {
                        dot += g[oi + e] * o[oi + e];
                    }
                    int qi = heads.q(b, h, i);
                    for (int j = 0; j < heads.tokens; j++) {
                        int kj = heads.k(b, h, j);
                        int vj = heads.v(b, h, j);
                        double p = Math.exp(s[j] - lse[(b * heads.heads + h) * heads.tokens + i]);
                        double dp = 0;
                        for (int e = 0; e < heads.width; e++) {
                            dp += g[oi + e] * x[vj + e];
                            d[vj + e] += p * g[oi + e];
                        }
                        double ds = p * (dp - dot) * heads.scale;
                        for (int e = 0; e < heads.width; e++) {
                            d[qi + e] += ds * x[kj + e];
                            d[kj + e] += ds * x[qi + e];
                        }
                    }
                }
            }
        }
        write(dqkv, d);
    }

    @Override
    protected void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        Heads heads = new Heads(read(qkv), logSumExp);
        double[] lse = read(logSumExp);
        double[] p = new double[(int) probabilities.count()];
        for (int row = 0; row < lse.length; row++) {
            int image = row / (heads.heads * heads.tokens);
            double[] s = heads.scores(image, row / heads.tokens % heads.heads, row % heads.tokens);
            for (int j = 0; j < heads.tokens; j++) {
                p[row * heads.tokens + j] = Math.exp(s[j] - lse[row]);
            }
        }
        write(probabilities, p);
    }

    /** Where each head's q, k, v lie in packed qkv. */
    private static final class Heads {
        final double[] qkv;
        final int images;
        final int heads;
        final int tokens;
        final int width;
        final double scale;

        Heads(double[] qkv, Tensor logSumExp) {
            this.qkv = qkv;
            images = logSumExp.dim(0);
            heads = logSumExp.dim(1);
            tokens = logSumExp.dim(2);
            width = qkv.length / (3 * images * tokens * heads);
            scale = 1 / Math.sqrt(width);
        }

        int q(int b, int h, int t) {
            return ((b * tokens + t) * 3 * heads + h) * width;
        }

        int k(int b, int h, int t) {
            return q(b, h, t) + heads * width;
        }

        int v(int b, int h, int t) {
            return q(b, h, t) + 2 * heads * width;
        }

        int out(int b, int h, int t) {
            return ((b * tokens + t) * heads + h) * width;
        }

        /** Row i of S = q·kᵀ/√E. */
        double[] scores(int b, int h, int i) {
            double[] s = new double[tokens];
            for (int j = 0; j < tokens; j++) {
                for (int e = 0; e < width; e++) {
                    s[j] += qkv[q(b, h, i) + e] * qkv[k(b, h, j) + e] * scale;
                }
            }
            return s;
        }
    }
}
