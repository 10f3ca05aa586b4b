package attmask.ssl;

import attmask.tensor.Tensor;

/** Decides what the student does not see. */
public interface MaskChooser {
    /**
     * Fills the masks of one step, once the teacher has reached the layer that masks are chosen by.
     *
     * @param mask (2B, N) bytes, 1 where hidden
     * @param rows the masked tokens' rows b·T + 1 + n, ascending
     * @param scores (2B, N) for the teacher's [CLS] attention, filled if the choice needs it
     * @param qkv (2B·T, 3·D) of that layer, which gives the scores
     * @return the number of masked tokens of each image, or null if nothing is masked at all
     */
    int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads);
}
