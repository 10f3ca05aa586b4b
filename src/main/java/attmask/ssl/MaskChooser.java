package attmask.ssl;

import attmask.tensor.Tensor;

/** Decides what the student does not see. */
public interface MaskChooser {
    /** True if {@link #choose} reads the teacher's scores. */
    boolean needsScores();

    /**
     * Fills the masks of one step.
     *
     * @param mask (2B, N) bytes, 1 where hidden
     * @param rows the masked tokens' rows b·T + 1 + n, ascending
     * @param scores (2B, N) the teacher's [CLS] attention
     * @return the number of masked tokens of each image, or null if nothing is masked at all
     */
    int[] choose(Tensor mask, Tensor rows, Tensor scores);
}
