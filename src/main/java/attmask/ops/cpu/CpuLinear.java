package attmask.ops.cpu;

import attmask.config.Precision;
import attmask.ops.Linear;
import attmask.ops.cpu.Primitives.Factor;
import attmask.ops.cpu.Primitives.Product;
import attmask.ops.cpu.Workers.RowTask;
import attmask.tensor.Tensor;

/**
 * {@link Linear} by tiles of the result, each one compiled product on one thread, and the GELU of a tile while it is in
 * the cache. The number of rows varies from step to step: the last, partial tile goes through scratch memory, where it
 * has one of a few heights.
 */
final class CpuLinear extends Linear implements AutoCloseable {
    private static final int TILE_COLUMNS = 512;
    /** Where the rows of each tile are split, or something follows for whole rows. */
    private static final int WIDE_COLUMNS = 2048;
    /** Rows of a tile whose rows are split: enough to pay for reading the weights. Longer rows are fewer. */
    private static final int SPLIT_ROWS = 192;

    private static final int SPLIT_NUMBERS = 512 << 10;
    /** Rows from which on splitting pays; for a weight gradient also a quarter as many inputs and outputs. */
    static final int WORTH_SPLITTING = 512;
    /** Their length from which on it does not. */
    private static final int TOO_LONG_TO_SPLIT = 16384;
    /** Step of a partial tile's height. */
    private static final int HEIGHT_STEP = 16;
    /** Largest tile of dW: each of its products packs its part of dy and x anew. */
    private static final int WEIGHT_ROWS = 192;

    private static final int WEIGHT_COLUMNS = 384;
    /** Numbers of dy and x in a block for which both gradients are made at once: they should stay in that cache, too. */
    private static final int JOINT_NUMBERS = 256 << 10;
    /** Rows of dy and x in one product of a tile: what is packed should stay in the second-level cache. */
    private static final int WEIGHT_INNER = 1024;

    private static final RowTask NOTHING = (from, count, scratch) -> {};
    /** Numbers in a cache line. */
    private static final int LINE = 16;

    private final Workers workers;
    private final Precision precision;
    private final int tileRows;
    private final int worthSplitting;
    private final Bf16x3 bf16x3;
    private final Bf16x3Transposed bf16x3Transposed;
    private final ColumnSums biasSums = new ColumnSums();

    /**
     * @param precision what the factors of products are rounded to
     * @param worthSplitting see {@link #WORTH_SPLITTING}, for BF16X3
     */
    CpuLinear(Workers workers, Precision precision, int worthSplitting) {
        this.workers = workers;
        this.precision = precision;
        this.worthSplitting = worthSplitting;
        // Rows enough to pay for reading the weights, few enough to occupy many threads; rounding costs reading more.
        tileRows = precision == Precision.BF16 ? 256 : 128;
        bf16x3 = new Bf16x3(workers);
        bf16x3Transposed = new Bf16x3Transposed(workers);
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        multiply(y, x, weight, true, bias, NOTHING);
    }

    @Override
    protected void computeForwardGelu(Tensor y, Tensor hidden, Tensor x, Tensor weight, Tensor bias) {
        int width = y.dim(-1);
        multiply(
                hidden,
                x,
                weight,
                true,
                bias,
                (from, count, scratch) ->
                        GeluRows.forward(Floats.of(y), Floats.of(hidden), from, count, width, scratch));
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        multiply(dx, dy, weight, false, null, NOTHING);
    }

    @Override
    protected void computeBackwardInputGelu(Tensor dhidden, Tensor dy, Tensor weight, Tensor hidden) {
        multiply(dhidden, dy, weight, false, null, geluBackward(dhidden, hidden));
    }

    private static RowTask geluBackward(Tensor dhidden, Tensor hidden) {
        int width = dhidden.dim(-1);
        return (from, count, scratch) ->
                GeluRows.backward(Floats.of(dhidden), Floats.of(hidden), from, count, width, scratch);
    }

    /**
     * y ← x · weight, transposed or not, [+ bias], by tiles of nearly one size.
     *
     * @param then has rows of y while they are in the cache, or, where a tile holds only a part of them, afterwards
     */
    private void multiply(Tensor y, Tensor x, Tensor weight, boolean transposed, Tensor bias, RowTask then) {
        int rows = y.rowCount();
        int columns = y.dim(-1);
        int inner = x.dim(-1);
        boolean split = splits(rows) && inner < TOO_LONG_TO_SPLIT;
        int height = Tile.even(rows, split ? Math.min(SPLIT_ROWS, SPLIT_NUMBERS / inner) : tileRows, HEIGHT_STEP);
        boolean wide = split || then != NOTHING && columns <= WIDE_COLUMNS;
        int width = Tile.even(columns, wide ? WIDE_COLUMNS : TILE_COLUMNS, LINE);
        if (split) {
            bf16x3.prepare(Floats.of(weight), transposed, inner, columns, height, width);
        }
        Factor factor = transposed ? Factor.transposed(inner) : Factor.plain(columns);
        Tile.each(workers, rows, height, columns, width, (tile, scratch) -> {
            long weights = Floats.of(weight).at(transposed ? (long) tile.column() * inner : tile.column());
            long from = (long) tile.row() * inner;
            if (split) {
                product(y, bias, tile, height, scratch, (stride, biases, to) -> {
                    long rowsOfX = Floats.of(x).at(from);
                    bf16x3.multiply(tile.column(), tile.columns(), stride, rowsOfX, tile.rows(), biases, to, scratch);
                });
            } else {
                int filled = Workers.chunks(tile.rows(), HEIGHT_STEP) * HEIGHT_STEP;
                product(y, bias, tile, filled, scratch, (stride, biases, to) -> {
                    long rowsOfX = filledUp(Floats.of(x), from, inner, tile.rows(), filled, scratch);
                    run(filled, tile.columns(), inner, factor, stride, rowsOfX, weights, biases, to, scratch);
                });
            }
            if (tile.columns() == columns) {
                then.run(tile.row(), tile.rows(), scratch);
            }
        });
        if (width < columns && then != NOTHING) {
            workers.rows(rows, columns, then);
        }
    }

    private boolean splits(int rows) {
        return precision == Precision.BF16X3 && rows >= worthSplitting;
    }

    /** A tile's product by address; bias 0 for none; {@code stride} elements from one row of y to the next. */
    private interface TileProduct {
        void run(int stride, long bias, long y);
    }

    /** Has a tile of y computed in place, or in scratch memory if {@code height}, its rows that are written, are more. */
    private static void product(Tensor y, Tensor bias, Tile tile, int height, Scratch scratch, TileProduct product) {
        int rows = tile.rows();
        int columns = tile.columns();
        int width = y.dim(-1);
        Floats out = Floats.of(y);
        long biases = bias == null ? 0 : Floats.of(bias).at(tile.column());
        long to = tile.start(width);
        if (height == rows) {
            product.run(width, biases, out.at(to));
            return;
        }
        Floats result = scratch.nativeFloats(1, height * columns);
        product.run(columns, biases, result.at(0));
        scratch.copy(out, to, width, result, 0, columns, rows, columns);
    }

    /** Address of {@code height} rows of which the first {@code rows} are those of x: in place, or in scratch memory. */
    private static long filledUp(Floats x, long from, int inner, int rows, int height, Scratch scratch) {
        if (height == rows) {
            return x.at(from);
        }
        Floats staged = scratch.nativeFloats(0, height * inner);
        scratch.copy(staged, 0, inner, x, from, inner, rows, inner);
        return staged.at(0);
    }

    private static void run(
            int rows,
            int columns,
            int inner,
            Factor factor,
            int stride,
            long x,
            long weights,
            long bias,
            long y,
            Scratch scratch) {
        Product shape = new Product(rows, columns, inner, Factor.plain(inner), factor, stride, bias != 0, false);
        Primitive product = scratch.primitives().product(shape);
        if (bias == 0) {
            product.run(x, weights, y);
        } else {
            product.run(x, weights, bias, y);
        }
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight) {
        backward(dx, dweight, dbias, dy, x, weight, NOTHING);
    }

    @Override
    protected void computeBackwardGelu(
            Tensor dhidden, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight, Tensor hidden) {
        backward(dhidden, dweight, dbias, dy, x, weight, geluBackward(dhidden, hidden));
    }

    private void backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Tensor weight, RowTask then) {
        int rows = dy.rowCount();
        int outputs = weight.dim(0);
        int inputs = weight.dim(1);
        int depth = Bf16x3Transposed.depth(rows);
        if (!splitsWeights(rows, outputs, inputs) || (long) depth * (outputs + inputs) > JOINT_NUMBERS) {
            computeBackwardWeight(dweight, dbias, dy, x);
            multiply(dx, dy, weight, false, null, then);
            return;
        }
        int width = Tile.even(inputs, WIDE_COLUMNS, LINE);
        bf16x3.prepare(Floats.of(weight), false, outputs, inputs, depth, width);
        addSplit(dweight, dbias, dy, x, (row, count, high, low, scratch) -> {
            for (int column = 0; column < inputs; column += width) {
                Tile tile = new Tile(row, count, column, Math.min(width, inputs - column));
                product(
                        dx,
                        null,
                        tile,
                        depth,
                        scratch,
                        (stride, none, to) -> bf16x3.multiplySplit(
                                tile.column(), tile.columns(), stride, high, low, none, to, scratch));
            }
            then.run(row, count, scratch);
        });
    }

    private boolean splitsWeights(int rows, int outputs, int inputs) {
        return splits(rows) && Math.min(outputs, inputs) >= worthSplitting / 4;
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        int outputs = dweight.dim(0);
        int inputs = dweight.dim(1);
        int inner = x.rowCount();
        if (splitsWeights(inner, outputs, inputs)) {
            addSplit(dweight, dbias, dy, x, (row, count, high, low, scratch) -> {});
            return;
        }
        Tile.each(workers, outputs, weightRows(outputs, inputs), inputs, WEIGHT_COLUMNS, (tile, scratch) -> {
            for (int from = 0; from < inner; from += WEIGHT_INNER) {
                int count = Math.min(WEIGHT_INNER, inner - from);
                weightProduct(dweight, dy, x, tile, from, count, scratch);
            }
        });
        if (dbias != null) {
            biasSums.start(inner, outputs);
            workers.blocks(inner, ColumnSums.BLOCK, (from, count, scratch) -> sumRows(dy, from, count, scratch));
            biasSums.finish(Floats.of(dbias), 1, 1);
        }
    }

    /** The gradients of weights and biases, and what else is made of dy. */
    private void addSplit(Tensor dweight, Tensor dbias, Tensor dy, Tensor x, Bf16x3Transposed.Block also) {
        int outputs = dweight.dim(0);
        int rows = dy.rowCount();
        if (dbias != null) {
            biasSums.start(rows, outputs);
        }
        bf16x3Transposed.add(
                Floats.of(dweight),
                Floats.of(dy),
                outputs,
                Floats.of(x),
                dweight.dim(1),
                rows,
                (row, count, high, low, scratch) -> {
                    if (dbias != null) {
                        sumRows(dy, row, count, scratch);
                    }
                    also.run(row, count, high, low, scratch);
                });
        if (dbias != null) {
            biasSums.finish(Floats.of(dbias), 1, 1);
        }
    }

    private void sumRows(Tensor dy, int from, int count, Scratch scratch) {
        int width = dy.dim(-1);
        float[] row = scratch.floats(0, width);
        for (int i = from; i < from + count; i++) {
            Floats.of(dy).get((long) i * width, row, 0, width);
            biasSums.add(i, row);
        }
    }

    /** Tile of dW ← tile of dW + dyᵀ · x over {@code count} rows of dy and x. */
    private void weightProduct(Tensor dweight, Tensor dy, Tensor x, Tile tile, int from, int count, Scratch scratch) {
        int rows = tile.rows();
        int columns = tile.columns();
        int outputs = dweight.dim(0);
        int inputs = dweight.dim(1);
        Floats upper = Floats.of(dy);
        Floats in = Floats.of(x);
        long a = (long) from * outputs + tile.row();
        long b = (long) from * inputs + tile.column();
        long to = Floats.of(dweight).at(tile.start(inputs));
        if (precision != Precision.BF16) {
            scratch.gemm.transposedTimes(
                    rows, columns, count, 1f, upper.at(a), outputs, in.at(b), inputs, 1f, to, inputs);
            return;
        }
        if (count == WEIGHT_INNER) {
            weightProduct(rows, columns, count, outputs, inputs, inputs, upper.at(a), in.at(b), to, scratch);
            return;
        }
        int depth = Workers.chunks(count, HEIGHT_STEP) * HEIGHT_STEP;
        Floats left = scratch.nativeFloats(0, depth * rows);
        Floats right = scratch.nativeFloats(1, depth * columns);
        scratch.copy(left, 0, rows, upper, a, outputs, count, rows);
        scratch.copy(right, 0, columns, in, b, inputs, count, columns);
        NativeMemory.zero(left.at((long) count * rows), (long) (depth - count) * rows * Float.BYTES);
        NativeMemory.zero(right.at((long) count * columns), (long) (depth - count) * columns * Float.BYTES);
        weightProduct(rows, columns, depth, rows, columns, inputs, left.at(0), right.at(0), to, scratch);
    }

    private static void weightProduct(
            int rows,
            int columns,
            int inner,
            int ldDy,
            int ldX,
            int stride,
            long dy,
            long x,
            long dw,
            Scratch scratch) {
        Product shape =
                new Product(rows, columns, inner, Factor.transposed(ldDy), Factor.plain(ldX), stride, false, true);
        scratch.primitives().product(shape).run(dy, x, dw);
    }

    /** Rows of a tile of dW, so that the number of tiles is even: two threads then have equal parts. */
    private static int weightRows(int outputs, int inputs) {
        int down = Workers.chunks(outputs, WEIGHT_ROWS);
        if (down * Workers.chunks(inputs, WEIGHT_COLUMNS) % 2 != 0) {
            down++;
        }
        return Workers.chunks(Workers.chunks(outputs, down), LINE) * LINE;
    }

    @Override
    public void close() {
        bf16x3.close();
        bf16x3Transposed.close();
    }
}
