package attmask.config;

/** What a GPU computes in; the CPU always computes in float32. Sums, parameters, statistics and losses are float32. */
public enum Precision {
    /** float32 throughout. */
    FP32,
    /** float32 in memory, factors of matrix products rounded to 10 bits of mantissa. */
    TF32,
    /** Activations and factors of matrix products in bfloat16. */
    BF16
}
