package attmask.ops.cpu;

import attmask.ops.cpu.Primitives.Matrix;
import attmask.ops.cpu.Primitives.PackedProduct;

/**
 * aᵀ·b as {@link Bf16x3} does a·b. Rows of a and b are split in blocks, then a's are transposed and b's put into the
 * library's order; each tile of the result is the sum of its products of all blocks.
 */
final class Bf16x3Transposed implements AutoCloseable {
    /** Numbers of both factors that are ready at a time. */
    private static final int NUMBERS = 4 << 20;
    /** Most rows of a block, and the step of their number: each is compiled. */
    private static final int DEPTH = 256;

    private static final int DEPTH_STEP = 32;
    private static final int TILE_ROWS = 384;
    private static final int TILE_COLUMNS = 768;
    /** Step of a tile's size. */
    private static final int STEP = 16;
    /** Slot of a thread's scratch. */
    private static final int PARTS = 2;

    private final Workers workers;
    private NativeMemory ready = new NativeMemory(1);

    Bf16x3Transposed(Workers workers) {
        this.workers = workers;
    }

    /** Where the high and low parts of the blocks of one factor are; {@code bytes} for each. */
    private record Parts(long start, long bytes) {
        long at(int block, boolean low) {
            return start + (2L * block + (low ? 1 : 0)) * bytes;
        }
    }

    /** y (outputs, inputs) ← y + aᵀ·b; y, a (rows, outputs) and b (rows, inputs) have no gaps. */
    void add(Floats y, Floats a, int outputs, Floats b, int inputs, int rows) {
        int most = NUMBERS / (outputs + inputs);
        int depth = Tile.even(rows, Math.max(DEPTH_STEP, Math.min(DEPTH, most)), DEPTH_STEP);
        int blocks = Math.max(1, Math.min(Workers.chunks(rows, depth), most / depth));
        int tileColumns = Tile.even(inputs, TILE_COLUMNS, STEP);
        long tileBytes = SplitNumbers.bytes((long) Bf16x3.padded(depth) * Bf16x3.padded(tileColumns));
        long turnedBytes = SplitNumbers.bytes((long) depth * outputs);
        long packedBytes = Workers.chunks(inputs, tileColumns) * tileBytes;
        ready = ready.atLeast(2L * blocks * (turnedBytes + packedBytes));
        Parts turned = new Parts(ready.address(), turnedBytes);
        Parts packed = new Parts(ready.address() + 2L * blocks * turnedBytes, packedBytes);
        for (int start = 0; start < rows; start += blocks * depth) {
            int first = start;
            int count = Math.min(blocks, Workers.chunks(rows - start, depth));
            workers.each(2 * count, (item, scratch) -> {
                int block = item / 2;
                int row = first + block * depth;
                if (item % 2 == 0) {
                    turn(turned, block, split(a, outputs, row, rows, depth, scratch), outputs, depth, scratch);
                } else {
                    long parts = split(b, inputs, row, rows, depth, scratch);
                    pack(packed, block, parts, inputs, depth, tileColumns, tileBytes, scratch);
                }
            });
            Tile.each(workers, outputs, Tile.even(outputs, TILE_ROWS, STEP), inputs, tileColumns, (tile, scratch) -> {
                long row = SplitNumbers.bytes((long) tile.row() * depth);
                long column = tile.column() / tileColumns * tileBytes;
                long to = y.at(tile.start(inputs));
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

    /**
     * Splits rows {@code row .. row+depth-1} of a factor, as far as there are any; then come zeros.
     *
     * @return address of the high parts, before the low ones
     */
    private static long split(Floats from, int columns, int row, int rows, int depth, Scratch scratch) {
        int numbers = depth * columns;
        int count = Math.min(depth, rows - row) * columns;
        long high = scratch.nativeFloats(PARTS, numbers).at(0);
        long low = high + SplitNumbers.bytes(numbers);
        SplitNumbers.split(from.at((long) row * columns), high, low, count, scratch);
        if (count < numbers) {
            long missing = SplitNumbers.bytes(numbers - count);
            NativeMemory.zero(high + SplitNumbers.bytes(count), missing);
            NativeMemory.zero(low + SplitNumbers.bytes(count), missing);
        }
        return high;
    }

    private static void turn(Parts to, int block, long from, int columns, int depth, Scratch scratch) {
        Primitive turning =
                scratch.primitives().copy(Matrix.bf16(columns, depth), new Matrix(true, columns, depth, 1, columns));
        turning.run(from, to.at(block, false));
        turning.run(from + SplitNumbers.bytes((long) depth * columns), to.at(block, true));
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
            packing.run(part + SplitNumbers.bytes((long) depth * columns), to.at(block, true) + place);
        }
    }

    @Override
    public void close() {
        ready.close();
    }
}
