package attmask.data;

/**
 * Images to train on and images to validate on.
 *
 * @param train at least one image
 * @param validation possibly empty; where both are labelled, labels mean the same in both
 */
public record DataSet(ImageSource train, ImageSource validation) {
    /** Whether there is anything to validate on. */
    public boolean hasValidation() {
        return validation.size() > 0;
    }
}
