package attmask.ops.cpu;

import attmask.ops.Linear;
import attmask.ops.cpu.Primitives.Product;
import attmask.tensor.Tensor;

/**
 * {@link Linear} by tiles of the result, each one product on one thread. Whole tiles with a bias are compiled, which adds
 * the bias on the way; the number of rows varies from step to step, so the last, partial tile is not.
 */
final class CpuLinear extends Linear {
    /** Tile of y and dx: rows enough to pay for packing the weight, few enough to occupy many threads. */
    private static final int TILE_ROWS = 128;

    private static final int TILE_COLUMNS = 512;
    /** Largest tile of dW: each of its products packs its part of dy and x anew. */
    private static final int WEIGHT_ROWS = 192;

    private static final int WEIGHT_COLUMNS = 384;
    /** Rows of dy and x in one product of a tile: what is packed should stay in the second-level cache. */
    private static final int WEIGHT_INNER = 1024;
    /** Numbers in a cache line. */
    private static final int LINE = 16;

    private final Workers workers;
    private final ColumnSums biasSums = new ColumnSums();

    CpuLinear(Workers workers) {
        this.workers = workers;
    }

    /** Work on rows {@code row .. row+rows-1} and columns {@code column .. column+columns-1} of a result. */
    private interface Tile {
        void run(int row, int rows, int column, int columns, Scratch scratch);
    }

    private void tiles(int rows, int tileRows, int columns, int tileColumns, Tile tile) {
        int across = Workers.chunks(columns, tileColumns);
        workers.each(Math.multiplyExact(Workers.chunks(rows, tileRows), across), (item, scratch) -> {
            int row = item / across * tileRows;
            int column = item % across * tileColumns;
            tile.run(row, Math.min(tileRows, rows - row), column, Math.min(tileColumns, columns - column), scratch);
        });
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor weight, Tensor bias) {
        Floats out = Floats.of(y);
        Floats in = Floats.of(x);
        Floats w = Floats.of(weight);
        int width = y.dim(-1);
        int inner = x.dim(-1);
        tiles(x.rowCount(), TILE_ROWS, width, TILE_COLUMNS, (row, rows, column, columns, scratch) -> {
            long to = (long) row * width + column;
            long from = in.at((long) row * inner);
            long weights = w.at((long) column * inner);
            if (bias != null && rows == TILE_ROWS) {
                scratch.primitives()
                        .product(new Product(rows, columns, inner, width))
                        .run(from, weights, Floats.of(bias).at(column), out.at(to));
                return;
            }
            if (bias != null) {
                fill(out, to, width, rows, columns, Floats.of(bias), column, scratch);
            }
            float keep = bias == null ? 0f : 1f;
            scratch.gemm.timesTransposed(
                    rows, columns, inner, 1f, from, inner, weights, inner, keep, out.at(to), width);
        });
    }

    /** Each row of the tile ← the bias, to which the product is then added. */
    private static void fill(
            Floats out, long at, int stride, int rows, int columns, Floats bias, int column, Scratch scratch) {
        float[] values = scratch.floats(0, columns);
        bias.get(column, values, 0, columns);
        for (int i = 0; i < rows; i++) {
            out.put(at + (long) i * stride, values, 0, columns);
        }
    }

    @Override
    protected void computeBackwardInput(Tensor dx, Tensor dy, Tensor weight) {
        Floats out = Floats.of(dx);
        Floats in = Floats.of(dy);
        Floats w = Floats.of(weight);
        int width = dx.dim(-1);
        int inner = dy.dim(-1);
        tiles(
                dx.rowCount(),
                TILE_ROWS,
                width,
                TILE_COLUMNS,
                (row, rows, column, columns, scratch) -> scratch.gemm.plain(
                        rows,
                        columns,
                        inner,
                        1f,
                        in.at((long) row * inner),
                        inner,
                        w.at(column),
                        width,
                        0f,
                        out.at((long) row * width + column),
                        width));
    }

    @Override
    protected void computeBackwardWeight(Tensor dweight, Tensor dbias, Tensor dy, Tensor x) {
        Floats dw = Floats.of(dweight);
        Floats upper = Floats.of(dy);
        Floats in = Floats.of(x);
        int outputs = dweight.dim(0);
        int inputs = dweight.dim(1);
        int inner = x.rowCount();
        tiles(outputs, weightRows(outputs, inputs), inputs, WEIGHT_COLUMNS, (row, rows, column, columns, scratch) -> {
            for (int from = 0; from < inner; from += WEIGHT_INNER) {
                scratch.gemm.transposedTimes(
                        rows,
                        columns,
                        Math.min(WEIGHT_INNER, inner - from),
                        1f,
                        upper.at((long) from * outputs + row),
                        outputs,
                        in.at((long) from * inputs + column),
                        inputs,
                        1f,
                        dw.at((long) row * inputs + column),
                        inputs);
            }
        });
        if (dbias != null) {
            sumRows(Floats.of(dbias), upper, inner, outputs);
        }
    }

    /** Rows of a tile of dW, so that the number of tiles is even: two threads then have equal parts. */
    private static int weightRows(int outputs, int inputs) {
        int down = Workers.chunks(outputs, WEIGHT_ROWS);
        if (down * Workers.chunks(inputs, WEIGHT_COLUMNS) % 2 != 0) {
            down++;
        }
        return Workers.chunks(Workers.chunks(outputs, down), LINE) * LINE;
    }

    private void sumRows(Floats dbias, Floats dy, int rows, int width) {
        biasSums.start(rows, width);
        workers.blocks(rows, ColumnSums.BLOCK, (from, count, scratch) -> {
            float[] row = scratch.floats(0, width);
            for (int i = 0; i < count; i++) {
                dy.get((long) (from + i) * width, row, 0, width);
                biasSums.add(from, row, 1);
            }
        });
        biasSums.finish(dbias, 1, 1);
    }
}
