package attmask.ops.cpu;

import attmask.ops.cpu.Primitives.Matrix;

/**
 * float32 numbers as the sum of two bfloat16 numbers each: the nearest, "high", and the one nearest to the rest, "low"; 16
 * bits of mantissa together.
 */
final class SplitNumbers {
    /** Numbers that are split at a time: with what comes between they stay in the second-level cache. */
    static final int PIECE = 32 << 10;
    /** Slot of a thread's scratch. */
    private static final int REST = 4;

    private SplitNumbers() {}

    /** Splits the numbers at an address, on this thread, to where their high and low parts go. */
    static void split(long from, long high, long low, int count, Scratch scratch) {
        for (int at = 0; at < count; at += PIECE) {
            RowPrimitives.pieces(
                    at,
                    Math.min(PIECE, count - at),
                    (piece, size) -> splitPiece(
                            from + (long) piece * Float.BYTES, high + bytes(piece), low + bytes(piece), size, scratch));
        }
    }

    private static void splitPiece(long from, long high, long low, int count, Scratch scratch) {
        Primitives primitives = scratch.primitives();
        long rest = scratch.nativeFloats(REST, PIECE).at(0);
        Matrix floats = Matrix.floats(1, count);
        Matrix rounded = Matrix.bf16(1, count);
        Primitive round = primitives.copy(rounded, floats);
        round.run(from, high);
        primitives.difference(floats, rounded).run(from, high, rest);
        round.run(rest, low);
    }

    /** Bytes of the high or the low parts of so many numbers. */
    static long bytes(long count) {
        return 2 * count;
    }
}
