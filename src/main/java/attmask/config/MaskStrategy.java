package attmask.config;

/** Which patches are hidden from the student. */
public enum MaskStrategy {
    /** AttMask-High: the most attended. */
    HIGH,
    /** AttMask-Hint: the most attended, some of them shown again. */
    HINT,
    /** AttMask-Low: the least attended. */
    LOW,
    /** MST's: some of the least attended, each drawn by itself. */
    MST,
    /** BEiT's block-wise masks. */
    BLOCK,
    /** Uniformly random tokens. */
    RANDOM,
    /** Nothing is hidden. */
    NONE
}
