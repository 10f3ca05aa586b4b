package attmask.ops.cpu;

import attmask.ops.cpu.Primitives.Matrix;
import attmask.ops.cpu.Primitives.PackedProduct;

/**
 * float32 products by bfloat16 units: a number is the sum of the bfloat16 nearest to it, "high", and of the one nearest to
 * the rest, "low", 16 bits of mantissa together, and a·b ≈ high·high + high·low + low·high. That is one product of three
 * times the inner size, of a as [high high low] and b as [high low high], with float32 sums. What is left out, low·low, and
 * the rounding of low are 2⁻¹⁶ of a term at most. (Henry, Tang and Heinecke: Leveraging the bfloat16 artificial intelligence
 * datatype for higher-precision computations, ARITH 2019.)
 *
 * <p>Holds the b of one product at a time, split and in the library's order, for many tiles of a, which are split where
 * they are multiplied.
 */
final class Bf16x3 implements AutoCloseable {
    /** Of a factor; low·low, shared by two, counts as half of each low part. */
    static final double ROUNDOFF = 0x1.8p-16;

    private static final int PARTS = 3;
    /** Rows of b that are split at a time. */
    private static final int ROWS = 64;
    /** Multiple to which the library may fill up a matrix. */
    private static final int BLOCK = 64;
    /** Slots of a thread's scratch: {@link CpuLinear} has the first two. */
    private static final int OF_A = 2;

    private static final int WIDENED = 3;
    private static final int REST = 4;

    private final Workers workers;
    private NativeMemory split = new NativeMemory(1);
    private NativeMemory packed = new NativeMemory(1);
    private int inner;
    private int height;
    private int tileColumns;
    private int tileBytes;

    Bf16x3(Workers workers) {
        this.workers = workers;
    }

    /**
     * Makes b ready.
     *
     * @param b (inner, columns), or its transpose, without gaps
     * @param tileRows rows of every tile of a
     * @param tilesColumns columns of the tiles of the result; the last one may have fewer
     */
    void prepare(Floats b, boolean transposed, int inner, int columns, int tileRows, int tilesColumns) {
        this.inner = inner;
        height = tileRows;
        tileColumns = tilesColumns;
        split = split.atLeast(bytes((long) PARTS * inner * columns));
        int tiles = Workers.chunks(columns, tileColumns);
        tileBytes = Math.toIntExact(bytes((long) padded(PARTS * inner) * padded(tileColumns)));
        packed = packed.atLeast((long) tiles * tileBytes);
        if (transposed) {
            int stride = PARTS * inner;
            workers.blocks(columns, ROWS, (from, rows, scratch) -> {
                long to = split.address() + bytes((long) from * stride);
                split(rows, inner, b.at((long) from * inner), stride, to, bytes(2L * inner), bytes(inner), scratch);
            });
        } else {
            long part = bytes((long) inner * columns);
            workers.blocks(inner, ROWS, (from, rows, scratch) -> {
                long at = (long) from * columns;
                split(rows, columns, b.at(at), columns, split.address() + bytes(at), 2 * part, part, scratch);
            });
        }
        workers.each(tiles, (tile, scratch) -> {
            int from = tile * tileColumns;
            int width = Math.min(tileColumns, columns - from);
            long start = transposed ? (long) from * PARTS * inner : from;
            Matrix plain =
                    new Matrix(true, PARTS * inner, width, transposed ? 1 : columns, transposed ? PARTS * inner : 1);
            PackedProduct product = product(width, width, false);
            if (scratch.primitives().packedBytes(product) > tileBytes) {
                throw new IllegalStateException("oneDNN takes more than " + tileBytes + " bytes for " + product);
            }
            scratch.primitives().packing(product, plain).run(split.address() + bytes(start), place(tile));
        });
    }

    /**
     * Tile of y ← tile of a · b [+ bias].
     *
     * @param column first column of the tile
     * @param stride elements from one row of y to the next
     * @param a address of as many rows as were announced
     * @param bias address, or 0 for none
     */
    void run(int column, int columns, int stride, long a, long bias, long y, Scratch scratch) {
        long parts = scratch.nativeFloats(OF_A, Workers.chunks(PARTS * height * inner, 2))
                .at(0);
        split(height, inner, a, PARTS * inner, parts, bytes(inner), bytes(2L * inner), scratch);
        Primitive product = scratch.primitives().product(product(columns, stride, bias != 0));
        if (bias == 0) {
            product.run(parts, place(column / tileColumns), y);
        } else {
            product.run(parts, place(column / tileColumns), bias, y);
        }
    }

    private PackedProduct product(int columns, int stride, boolean biased) {
        return new PackedProduct(height, columns, PARTS * inner, stride, biased);
    }

    private long place(int tile) {
        return packed.address() + (long) tile * tileBytes;
    }

    /**
     * Splits a float32 matrix without gaps.
     *
     * @param stride elements from one row of a part to the next
     * @param to address of the first part, high
     * @param again bytes from there to where high is written again
     * @param low bytes from there to low
     */
    private static void split(
            int rows, int columns, long from, int stride, long to, long again, long low, Scratch scratch) {
        Primitives primitives = scratch.primitives();
        Matrix dense = Matrix.floats(rows, columns);
        Matrix part = Matrix.bf16(rows, columns, stride);
        long widened = scratch.nativeFloats(WIDENED, rows * columns).at(0);
        long rest = scratch.nativeFloats(REST, rows * columns).at(0);
        Primitive round = primitives.copy(part, dense);
        round.run(from, to);
        round.run(from, to + again);
        primitives.copy(dense, part).run(to, widened);
        primitives.difference(rows, columns).run(from, widened, rest);
        round.run(rest, to + low);
    }

    private static int padded(int size) {
        return Workers.chunks(size, BLOCK) * BLOCK;
    }

    private static long bytes(long numbers) {
        return 2 * numbers;
    }

    @Override
    public void close() {
        split.close();
        packed.close();
    }
}
