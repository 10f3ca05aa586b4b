package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * Patch embeddings to a ViT's input: masked ones are replaced with the mask token, [CLS] is prepended, positions are
 * added (iBOT, Zhou et al. 2022).
 *
 * <p>Shapes: patches (B·N, D); cls, maskToken (D elements); mask (B, N) bytes; positions (1+N, D); tokens (B·(1+N), D).
 * patches and tokens are activations, the rest is real.
 */
public abstract class TokenAssembly {
    /**
     * tokens[b,0] ← cls + positions[0]; tokens[b,1+n] ← (mask[b,n] ? maskToken : patches[b,n]) + positions[1+n].
     *
     * @param maskToken and {@code mask} are both null when nothing is masked
     */
    public final void forward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions) {
        check("token_assembly.forward", "", tokens, patches, cls, maskToken, mask, positions);
        computeForward(tokens, patches, cls, maskToken, mask, positions);
    }

    /**
     * dpatches ← dtokens where not masked, else 0; dcls, dmaskToken and dpositions accumulate their sums over images.
     *
     * @param dmaskToken and {@code mask} are both null when nothing is masked
     */
    public final void backward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask) {
        check("token_assembly.backward", "d", dtokens, dpatches, dcls, dmaskToken, mask, dpositions);
        computeBackward(dpatches, dcls, dmaskToken, dpositions, dtokens, mask);
    }

    private static void check(
            String op,
            String d,
            Tensor tokens,
            Tensor patches,
            Tensor cls,
            Tensor maskToken,
            Tensor mask,
            Tensor positions) {
        int width = positions.dim(1);
        int perImage = positions.dim(0);
        int images = tokens.rowCount() / perImage;
        Require.rows(op, d + "tokens", tokens, images * perImage, width);
        Require.rows(op, d + "patches", patches, images * (perImage - 1), width);
        Require.alike(op, d + "patches", patches, tokens);
        Require.count(op, d + "cls", cls, width);
        Require.that((maskToken == null) == (mask == null), op, "mask token and mask come together");
        if (mask != null) {
            Require.count(op, d + "maskToken", maskToken, width);
            Require.shape(op, "mask", mask, images, perImage - 1);
            Require.type(op, "mask", mask, DType.U8);
        }
    }

    protected abstract void computeForward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions);

    protected abstract void computeBackward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask);
}
