package attmask.tensor;

/** Element type of a {@link Tensor}. */
public enum DType {
    F64(8),
    F32(4),
    /** bfloat16: the upper half of a float32, rounded to nearest even. */
    BF16(2),
    I32(4),
    U8(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }
}
