package attmask.config;

/** What a device computes in. Sums, parameters, statistics and losses are float32 in any case. */
public enum Precision {
    /** The device's own: BF16 on a GPU; on a CPU with matrix units for bfloat16 (AMX) BF16X3, on others FP32. */
    AUTO,
    /** float32 throughout. */
    FP32,
    /** float32 in memory, factors of matrix products rounded to 10 bits of mantissa; GPUs only. */
    TF32,
    /** float32 in memory, factors of large matrix products as sums of two bfloat16 numbers, 16 bits of mantissa; CPUs only. */
    BF16X3,
    /** Factors of matrix products in bfloat16; on a GPU activations too. */
    BF16;

    /** This, or {@code own} in place of AUTO. */
    public Precision or(Precision own) {
        return this == AUTO ? own : this;
    }
}
