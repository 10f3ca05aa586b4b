package attmask.ops.cpu;

import attmask.ops.cpu.Primitives.Matrix;
import attmask.ops.cpu.Primitives.PackedProduct;

/**
 * float32 products by bfloat16 units, of {@link SplitNumbers}: a·b ≈ low·high + high·low + high·high, with float32 sums.
 * What is left out, low·low, and the rounding of low are 2⁻¹⁶ of a term at most. (Henry, Tang and Heinecke: Leveraging the
 * bfloat16 artificial intelligence datatype for higher-precision computations, ARITH 2019.)
 *
 * <p>Holds the b of one product at a time, split and in the library's order, for many tiles of a, which are split where
 * they are multiplied.
 */
final class Bf16x3 implements AutoCloseable {
    /** Of a factor; low·low, shared by two, counts as half of each low part. */
    static final double ROUNDOFF = 0x1.8p-16;

    /** Multiple to which the library may fill up a matrix. */
    private static final int BLOCK = 64;
    /** Slot of a thread's scratch: {@link CpuLinear} has the first two. */
    private static final int PARTS = 2;

    private final Workers workers;
    private NativeMemory split = new NativeMemory(1);
    private NativeMemory packed = new NativeMemory(1);
    private int inner;
    private int height;
    private int tileColumns;
    private long tileBytes;
    private int tiles;

    Bf16x3(Workers workers) {
        this.workers = workers;
    }

    /**
     * Makes b ready for {@link #multiply}.
     *
     * @param b (inner, columns), or its transpose, without gaps
     * @param tileRows rows of every tile of a
     * @param tilesColumns columns of the tiles of the result; the last one may have fewer
     */
    void prepare(Floats b, boolean transposed, int inner, int columns, int tileRows, int tilesColumns) {
        this.inner = inner;
        height = tileRows;
        tileColumns = tilesColumns;
        tiles = Workers.chunks(columns, tileColumns);
        int count = Math.multiplyExact(inner, columns);
        long low = SplitNumbers.bytes(count);
        split = split.atLeast(2 * low);
        workers.blocks(count, SplitNumbers.PIECE, (from, size, scratch) -> {
            long high = split.address() + SplitNumbers.bytes(from);
            SplitNumbers.split(b.at(from), high, high + low, size, scratch);
        });
        tileBytes = SplitNumbers.bytes((long) padded(inner) * padded(tileColumns));
        packed = packed.atLeast(2L * tiles * tileBytes);
        workers.each(2 * tiles, (item, scratch) -> {
            boolean ofLow = item % 2 != 0;
            int tile = item / 2;
            int from = tile * tileColumns;
            int width = Math.min(tileColumns, columns - from);
            Matrix plain = new Matrix(true, inner, width, transposed ? 1 : columns, transposed ? inner : 1);
            long start = SplitNumbers.bytes(transposed ? (long) from * inner : from);
            scratch.primitives()
                    .packing(inner, width, plain, tileBytes)
                    .run(split.address() + (ofLow ? low : 0) + start, packed(tile, ofLow));
        });
    }

    /**
     * Tile of y ← tile of a · b [+ bias].
     *
     * @param column first column of the tile
     * @param stride elements from one row of y to the next
     * @param a address of {@code rows} rows, as many as were announced or fewer; of y all are written
     * @param bias address, or 0 for none
     */
    void multiply(int column, int columns, int stride, long a, int rows, long bias, long y, Scratch scratch) {
        int numbers = height * inner;
        long high = scratch.nativeFloats(PARTS, numbers).at(0);
        long low = high + SplitNumbers.bytes(numbers);
        SplitNumbers.split(a, high, low, rows * inner, scratch);
        multiplySplit(column, columns, stride, high, low, bias, y, scratch);
    }

    /** The same of rows that are split already: addresses of the high and the low parts of as many as were announced. */
    void multiplySplit(int column, int columns, int stride, long high, long low, long bias, long y, Scratch scratch) {
        int tile = column / tileColumns;
        Primitive first = scratch.primitives().product(product(columns, stride, bias != 0, false));
        if (bias == 0) {
            first.run(low, packed(tile, false), y);
        } else {
            first.run(low, packed(tile, false), bias, y);
        }
        Primitive more = scratch.primitives().product(product(columns, stride, false, true));
        more.run(high, packed(tile, true), y);
        more.run(high, packed(tile, false), y);
    }

    private PackedProduct product(int columns, int stride, boolean biased, boolean accumulated) {
        return new PackedProduct(height, columns, inner, stride, biased, accumulated);
    }

    private long packed(int tile, boolean low) {
        return packed.address() + (2L * tile + (low ? 1 : 0)) * tileBytes;
    }

    static int padded(int size) {
        return Workers.chunks(size, BLOCK) * BLOCK;
    }

    @Override
    public void close() {
        split.close();
        packed.close();
    }
}
