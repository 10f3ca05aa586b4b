package attmask.ptx;

/** What the names of PTX types say. */
final class PtxType {
    private PtxType() {}

    /** Bytes of a value in memory. */
    static int bytes(String type) {
        return switch (type) {
            case "b8", "u8", "s8" -> 1;
            case "b16", "u16", "s16", "f16", "bf16" -> 2;
            case "b32", "u32", "s32", "f32", "f16x2", "bf16x2" -> 4;
            case "b64", "u64", "s64", "f64" -> 8;
            default -> throw new UnsupportedPtxException("type " + type);
        };
    }

    static boolean wide(String type) {
        return !type.equals("pred") && bytes(type) == 8;
    }
}
