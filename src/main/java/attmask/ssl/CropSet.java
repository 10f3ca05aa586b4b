package attmask.ssl;

import attmask.config.Size;
import attmask.ops.MicroBatch;

/**
 * The crops that are computed at once, of a whole step or of one of its equal parts: 2 global and some local ones of each image, crop by crop (rows 0..B−1 are every image's first
 * crop).
 *
 * @param batch B, source images
 * @param parts of a step; 1 if these crops are all
 * @param global size of the global crops
 * @param locals number of local crops of an image, 0 for none
 * @param local their size
 */
public record CropSet(int batch, int parts, Size global, int locals, Size local) {
    /** All crops of a step at once. */
    public CropSet(int batch, Size global, int locals, Size local) {
        this(batch, 1, global, locals, local);
    }

    /** One of the parts. */
    public MicroBatch part(int index) {
        return new MicroBatch(index, parts, batch);
    }

    /** Global crops, 2B. */
    public int globalImages() {
        return 2 * batch;
    }

    /** Local crops, L·B. */
    public int localImages() {
        return locals * batch;
    }

    /** All crops, the rows of the student's [CLS] logits. */
    public int images() {
        return globalImages() + localImages();
    }
}
