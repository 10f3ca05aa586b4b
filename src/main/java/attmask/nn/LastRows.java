package attmask.nn;

import attmask.tensor.Tensor;

/**
 * The token rows whose result something uses. The last block's projection and MLP and the final norm run on these alone,
 * which changes no number that is used: each of them looks at one row at a time.
 *
 * @param index (at least as many) their row numbers, each once
 * @param images the image of each row, counted over all groups; as long as there are rows
 */
public record LastRows(Tensor index, int[] images) {
    int count() {
        return images.length;
    }
}
