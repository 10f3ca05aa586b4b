package attmask.cuda;

/** Element types of a matrix product; sums are always float32. */
public enum GemmType {
    /** float32 throughout. */
    F32,
    /** float32 in memory, products in TF32 (10 bits of mantissa). */
    TF32,
    /** A, B and C in bfloat16. */
    BF16,
    /** A and B in bfloat16, C in float32: gradients of weights. */
    BF16_TO_F32
}
