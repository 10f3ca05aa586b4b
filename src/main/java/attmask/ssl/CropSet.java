package attmask.ssl;

import attmask.config.Size;

/**
 * The crops of one step: 2 global and some local ones of each image, crop by crop (rows 0..B−1 are every image's first
 * crop).
 *
 * @param batch B, source images
 * @param global size of the global crops
 * @param locals number of local crops of an image, 0 for none
 * @param local their size
 */
public record CropSet(int batch, Size global, int locals, Size local) {
    /** Global crops of a step, 2B. */
    public int globalImages() {
        return 2 * batch;
    }

    /** Local crops of a step, L·B. */
    public int localImages() {
        return locals * batch;
    }

    /** All crops of a step, the rows of the student's [CLS] logits. */
    public int images() {
        return globalImages() + localImages();
    }
}
