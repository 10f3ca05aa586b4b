package attmask.ops.cpu;

import attmask.ops.cpu.Primitives.Matrix;
import attmask.ops.cpu.Primitives.PackedProduct;

/**
 * aᵀ·b as {@link Bf16x3} does a·b. Rows of a and b are split in blocks, then those of the narrower one are transposed and
 * the other's put into the library's order; each tile of the result is the sum of its products of all blocks. If b is the
 * narrower one, that result is the transpose.
 */
final class Bf16x3Transposed implements AutoCloseable {
    /** Numbers of both factors that are ready at a time, for each thread; with half of it threads wait for each other. */
    private static final int NUMBERS = 1 << 20;
    /** Numbers of them for each number of the result, which is read and written each time. */
    private static final int NUMBERS_OF_RESULT = 2;
    /** Most rows of a block, and the step of their number: each is compiled. */
    private static final int DEPTH = 256;

    private static final int DEPTH_STEP = ColumnSums.BLOCK;
    private static final int TILE_ROWS = 384;
    /** Columns of a tile: a quarter, so that some threads have work, within these bounds. */
    private static final int LEAST_TILE_COLUMNS = 128;

    private static final int MOST_TILE_COLUMNS = 768;
    /** Step of a tile's size. */
    private static final int STEP = 16;
    /** Slot of a thread's scratch: {@link Bf16x3} has it as well, but not at the same time. */
    private static final int PARTS = 2;

    private final Workers workers;
    private NativeMemory ready = new NativeMemory(1);
    private NativeMemory flipped = new NativeMemory(1);

    Bf16x3Transposed(Workers workers) {
        this.workers = workers;
    }

    /** A factor: rows without gaps. */
    private record Factor(Floats numbers, int columns) {}

    /** Where the high and low parts of the blocks of one factor are; {@code bytes} for each. */
    private record Parts(long start, long bytes) {
        long at(int block, boolean low) {
            return start + (2L * block + (low ? 1 : 0)) * bytes;
        }
    }

    /**
     * What else is made of a block of a while its parts are in the cache: of {@code count} rows from {@code row} on. After
     * their parts, at these addresses, come those of as many zeros as make {@link #depth} rows.
     */
    interface Block {
        void run(int row, int count, long high, long low, Scratch scratch);
    }

    /** From a block's parts to what the products read. */
    private interface Readying {
        void run(int block, long high, Scratch scratch);
    }

    /** Rows of a block, a multiple of {@link ColumnSums#BLOCK}; the last block may have fewer. */
    static int depth(int rows) {
        return Tile.even(rows, DEPTH, DEPTH_STEP);
    }

    /** y (outputs, inputs) ← y + aᵀ·b; y, a (rows, outputs) and b (rows, inputs) have no gaps. */
    void add(Floats y, Floats a, int outputs, Floats b, int inputs, int rows, Block alsoOfA) {
        Factor left = new Factor(a, outputs);
        Factor right = new Factor(b, inputs);
        if (outputs <= inputs) {
            add(y.at(0), left, right, rows, false, alsoOfA);
            return;
        }
        long bytes = (long) outputs * inputs * Float.BYTES;
        flipped = flipped.atLeast(bytes);
        NativeMemory.zero(flipped.address(), bytes);
        add(flipped.address(), left, right, rows, true, alsoOfA);
        workers.blocks(outputs, TILE_ROWS, (from, height, scratch) -> scratch.primitives()
                .sum(Matrix.floats(height, inputs), new Matrix(false, height, inputs, 1, outputs))
                .run(flipped.address() + (long) from * Float.BYTES, y.at((long) from * inputs)));
    }

    /** y ← y + aᵀ·b, or y ← y + bᵀ·a if {@code flip}. */
    private void add(long y, Factor a, Factor b, int rows, boolean flip, Block alsoOfA) {
        int depth = depth(rows);
        int outputs = (flip ? b : a).columns;
        int inputs = (flip ? a : b).columns;
        int blocks = blocksAtATime(rows, depth, outputs, inputs);
        int quarter = Math.max(LEAST_TILE_COLUMNS, inputs / 4);
        int tileColumns = Tile.even(inputs, Math.min(MOST_TILE_COLUMNS, quarter), STEP);
        long tileBytes = SplitNumbers.bytes((long) Bf16x3.padded(depth) * Bf16x3.padded(tileColumns));
        long turnedBytes = SplitNumbers.bytes((long) depth * outputs);
        long packedBytes = Workers.chunks(inputs, tileColumns) * tileBytes;
        ready = ready.atLeast(2L * blocks * (turnedBytes + packedBytes));
        Parts turned = new Parts(ready.address(), turnedBytes);
        Parts packed = new Parts(ready.address() + 2L * blocks * turnedBytes, packedBytes);
        Readying turn = (block, high, scratch) -> turn(turned, block, high, outputs, depth, scratch);
        Readying pack =
                (block, high, scratch) -> pack(packed, block, high, inputs, depth, tileColumns, tileBytes, scratch);
        for (int start = 0; start < rows; start += blocks * depth) {
            int first = start;
            int count = Math.min(blocks, Workers.chunks(rows - start, depth));
            workers.each(count, (block, scratch) -> {
                int row = first + block * depth;
                int given = Math.min(depth, rows - row);
                // b first: what else is made of a may be written over it.
                (flip ? turn : pack).run(block, split(b, row, given, depth, scratch), scratch);
                long high = split(a, row, given, depth, scratch);
                (flip ? pack : turn).run(block, high, scratch);
                alsoOfA.run(row, given, high, low(high, a.columns, depth), scratch);
            });
            Tile.each(workers, outputs, Tile.even(outputs, TILE_ROWS, STEP), inputs, tileColumns, (tile, scratch) -> {
                long row = SplitNumbers.bytes((long) tile.row() * depth);
                long column = tile.column() / tileColumns * tileBytes;
                long to = y + tile.start(inputs) * Float.BYTES;
                Primitive product = scratch.primitives()
                        .product(new PackedProduct(tile.rows(), tile.columns(), depth, inputs, false, true));
                for (int block = 0; block < count; block++) {
                    product.run(turned.at(block, true) + row, packed.at(block, false) + column, to);
                    product.run(turned.at(block, false) + row, packed.at(block, true) + column, to);
                    product.run(turned.at(block, false) + row, packed.at(block, false) + column, to);
                }
            });
        }
    }

    private int blocksAtATime(int rows, int depth, int outputs, int inputs) {
        long numbers = Math.max((long) NUMBERS * workers.threads(), (long) NUMBERS_OF_RESULT * outputs * inputs);
        long blocks = Math.max(workers.threads(), numbers / ((long) depth * (outputs + inputs)));
        return (int) Math.min(Workers.chunks(rows, depth), blocks);
    }

    /**
     * Splits {@code count} rows of a factor from {@code row} on; then come zeros, to {@code depth} rows.
     *
     * @return address of the high parts, before the low ones
     */
    private static long split(Factor from, int row, int count, int depth, Scratch scratch) {
        int columns = from.columns;
        int numbers = depth * columns;
        int given = count * columns;
        long high = scratch.nativeFloats(PARTS, numbers).at(0);
        long low = low(high, columns, depth);
        SplitNumbers.split(from.numbers.at((long) row * columns), high, low, given, scratch);
        if (given < numbers) {
            long missing = SplitNumbers.bytes(numbers - given);
            NativeMemory.zero(high + SplitNumbers.bytes(given), missing);
            NativeMemory.zero(low + SplitNumbers.bytes(given), missing);
        }
        return high;
    }

    private static long low(long high, int columns, int depth) {
        return high + SplitNumbers.bytes((long) depth * columns);
    }

    private static void turn(Parts to, int block, long from, int columns, int depth, Scratch scratch) {
        Primitive turning =
                scratch.primitives().copy(Matrix.bf16(columns, depth), new Matrix(true, columns, depth, 1, columns));
        turning.run(from, to.at(block, false));
        turning.run(low(from, columns, depth), to.at(block, true));
    }

    private static void pack(
            Parts to, int block, long from, int columns, int depth, int tileColumns, long tileBytes, Scratch scratch) {
        for (int column = 0; column < columns; column += tileColumns) {
            int width = Math.min(tileColumns, columns - column);
            Primitive packing =
                    scratch.primitives().packing(depth, width, new Matrix(true, depth, width, columns, 1), tileBytes);
            long part = from + SplitNumbers.bytes(column);
            long place = column / tileColumns * tileBytes;
            packing.run(part, to.at(block, false) + place);
            packing.run(low(part, columns, depth), to.at(block, true) + place);
        }
    }

    @Override
    public void close() {
        ready.close();
        flipped.close();
    }
}
