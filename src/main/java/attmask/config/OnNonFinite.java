package attmask.config;

/** What a training run does when its numbers stay non-finite: {@link RunConfig#skipLimit} steps in a row, or its weights. */
public enum OnNonFinite {
    /** Ends. */
    STOP,
    /** Goes back to its last checkpoint, and on from there with half the learning rate. */
    REWIND
}
