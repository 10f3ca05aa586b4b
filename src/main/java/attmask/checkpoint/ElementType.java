package attmask.checkpoint;

import java.nio.ByteBuffer;

/** Element types of safetensors and PyTorch files, little-endian. */
public enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** True for the types with a fraction. */
    public boolean isFloating() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /** The next element of {@code data} as a double, exact except for I64 beyond 2^53. */
    public double nextDouble(ByteBuffer data) {
        return switch (this) {
            case F64 -> data.getDouble();
            case F32 -> data.getFloat();
            case F16 -> half(data.getShort());
            case BF16 -> Float.intBitsToFloat(data.getShort() << 16);
            default -> nextLong(data);
        };
    }

    /** The next element of an integer or boolean type. */
    long nextLong(ByteBuffer data) {
        return switch (this) {
            case I64 -> data.getLong();
            case I32 -> data.getInt();
            case I16 -> data.getShort();
            case I8 -> data.get();
            case U8, BOOL -> data.get() & 0xFF;
            default -> throw new IllegalStateException(this + " is not an integer type");
        };
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent, 10 mantissa bits. (Float.float16ToFloat needs Java 20.) */
    private static float half(short bits) {
        int exponent = bits >> 10 & 0x1F;
        int mantissa = bits & 0x3FF;
        int sign = (bits & 0x8000) << 16;
        if (exponent == 0) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(mantissa * 0x1p-24f));
        }
        int wide = exponent == 0x1F ? 0xFF : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
    }
}
