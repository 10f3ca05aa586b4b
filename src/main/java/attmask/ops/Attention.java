package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Multi-head self-attention over packed projections: with S = q·kᵀ/√E per image and head, P = softmax(S), out = P·v.
 *
 * <p>Shapes: qkv (B·T, 3·D), whose row holds q, k, v, each D = H·E wide with head h at columns h·E; out (B·T, D);
 * logSumExp (B, H, T), the saved statistic from which backward recomputes P, so that nothing of size T×T is kept. qkv, out
 * and their gradients are activations, statistics and probabilities are real.
 */
public abstract class Attention {
    public final void forward(Tensor out, Tensor logSumExp, Tensor qkv) {
        check("attention.forward", out, logSumExp, qkv);
        if (qkv.count() > 0) {
            computeForward(out, logSumExp, qkv);
        }
    }

    /** With dP = dout·vᵀ and dS = P·(dP − Σ dout·out): dq ← dS·k/√E, dk ← dSᵀ·q/√E, dv ← Pᵀ·dout, packed as qkv. */
    public final void backward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp) {
        check("attention.backward", out, logSumExp, qkv);
        Require.rows("attention.backward", "dqkv", dqkv, qkv.rowCount(), qkv.dim(-1));
        Require.rows("attention.backward", "dout", dout, out.rowCount(), out.dim(-1));
        Require.alike("attention.backward", "dqkv", dqkv, qkv);
        Require.alike("attention.backward", "dout", dout, qkv);
        if (qkv.count() > 0) {
            computeBackward(dqkv, dout, qkv, out, logSumExp);
        }
    }

    /** probabilities (B, H, T, T) ← P, for pictures and checks; never on the training path. */
    public final void probabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp) {
        int tokens = logSumExp.dim(2);
        Require.rows("attention.probabilities", "qkv", qkv, logSumExp.dim(0) * tokens, qkv.dim(-1));
        Require.shape(
                "attention.probabilities",
                "probabilities",
                probabilities,
                logSumExp.dim(0),
                logSumExp.dim(1),
                tokens,
                tokens);
        if (qkv.count() > 0) {
            computeProbabilities(probabilities, qkv, logSumExp);
        }
    }

    private static void check(String op, Tensor out, Tensor logSumExp, Tensor qkv) {
        int rows = logSumExp.dim(0) * logSumExp.dim(2);
        Require.rows(op, "qkv", qkv, rows, qkv.dim(-1));
        Require.that(
                qkv.dim(-1) % (3 * logSumExp.dim(1)) == 0,
                op,
                "qkv width " + qkv.dim(-1) + " is not three times a multiple of " + logSumExp.dim(1) + " heads");
        Require.rows(op, "out", out, rows, qkv.dim(-1) / 3);
        Require.alike(op, "out", out, qkv);
    }

    protected abstract void computeForward(Tensor out, Tensor logSumExp, Tensor qkv);

    protected abstract void computeBackward(Tensor dqkv, Tensor dout, Tensor qkv, Tensor out, Tensor logSumExp);

    protected abstract void computeProbabilities(Tensor probabilities, Tensor qkv, Tensor logSumExp);
}
