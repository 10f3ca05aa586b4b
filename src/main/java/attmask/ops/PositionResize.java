package attmask.ops;

import attmask.tensor.Tensor;

/**
 * Position embeddings for another grid: the [CLS] row is copied, the patch rows are resized bicubically
 * ({@link BicubicTaps}); an equal grid is copied unchanged.
 *
 * <p>Shapes: positions (1 + from.tokens, D); out (1 + to.tokens, D).
 */
public abstract class PositionResize {
    public final void forward(Tensor out, Tensor positions, Grid from, Grid to) {
        check("position_resize.forward", "", out, positions, from, to);
        computeForward(out, positions, from, to);
    }

    /** dpositions ← dpositions + the transpose of forward applied to dout. */
    public final void backward(Tensor dpositions, Tensor dout, Grid from, Grid to) {
        check("position_resize.backward", "d", dout, dpositions, from, to);
        computeBackward(dpositions, dout, from, to);
    }

    private static void check(String op, String d, Tensor out, Tensor positions, Grid from, Grid to) {
        int width = positions.dim(-1);
        Require.rows(op, d + "positions", positions, 1 + from.tokens(), width);
        Require.rows(op, d + "out", out, 1 + to.tokens(), width);
    }

    protected abstract void computeForward(Tensor out, Tensor positions, Grid from, Grid to);

    protected abstract void computeBackward(Tensor dpositions, Tensor dout, Grid from, Grid to);
}
