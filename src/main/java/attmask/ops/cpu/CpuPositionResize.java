package attmask.ops.cpu;

import attmask.ops.BicubicTaps;
import attmask.ops.Grid;
import attmask.ops.PositionResize;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** {@link PositionResize}: forward by output row; backward by block of columns, so that no two items share a target. */
final class CpuPositionResize extends PositionResize {
    private static final int COLUMNS = 64;

    /** Sizes of one axis before and after. */
    private record Axis(int from, int to) {}

    private final Workers workers;
    private final Map<Axis, BicubicTaps> taps = new HashMap<>();

    CpuPositionResize(Workers workers) {
        this.workers = workers;
    }

    private BicubicTaps taps(int from, int to) {
        return taps.computeIfAbsent(new Axis(from, to), axis -> BicubicTaps.of(from, to));
    }

    /** Takes one tap: output token, source token (both with [CLS] at 0), weight. */
    private interface Tap {
        void take(int output, int source, float weight);
    }

    private static void eachTap(BicubicTaps rows, BicubicTaps columns, int y, Grid from, Grid to, Tap tap) {
        for (int x = 0; x < to.width(); x++) {
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) {
                    int source = 1 + rows.index()[y][i] * from.width() + columns.index()[x][j];
                    tap.take(1 + y * to.width() + x, source, (float) (rows.weight()[y][i] * columns.weight()[x][j]));
                }
            }
        }
    }

    @Override
    protected void computeForward(Tensor out, Tensor positions, Grid from, Grid to) {
        int width = positions.dim(-1);
        if (from.equals(to)) {
            copy(Floats.of(out), Floats.of(positions), positions.rowCount(), width);
            return;
        }
        copy(Floats.of(out), Floats.of(positions), 1, width);
        BicubicTaps rows = taps(from.height(), to.height());
        BicubicTaps columns = taps(from.width(), to.width());
        workers.each(to.height(), (y, scratch) -> {
            int first = 1 + y * to.width();
            float[] result = scratch.floats(0, to.width() * width);
            float[] source = scratch.floats(1, width);
            Arrays.fill(result, 0, to.width() * width, 0f);
            eachTap(rows, columns, y, from, to, (output, token, weight) -> {
                Floats.of(positions).get((long) token * width, source, 0, width);
                addScaled(result, (output - first) * width, source, 0, weight, width);
            });
            Floats.of(out).put((long) first * width, result, 0, to.width() * width);
        });
    }

    private void copy(Floats to, Floats from, int rows, int width) {
        workers.rows(rows, width, (first, count, scratch) -> {
            float[] values = scratch.floats(0, count * width);
            from.get((long) first * width, values, 0, count * width);
            to.put((long) first * width, values, 0, count * width);
        });
    }

    private static void addScaled(float[] to, int at, float[] x, int from, float scale, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] += scale * x[from + i];
        }
    }

    @Override
    protected void computeBackward(Tensor dpositions, Tensor dout, Grid from, Grid to) {
        int width = dpositions.dim(-1);
        boolean same = from.equals(to);
        BicubicTaps rows = taps(from.height(), to.height());
        BicubicTaps columns = taps(from.width(), to.width());
        workers.blocks(width, COLUMNS, (column, count, scratch) -> {
            float[] upper = load(dout, column, count, scratch, 0);
            float[] result = load(dpositions, column, count, scratch, 1);
            int direct = same ? dout.rowCount() : 1;
            addScaled(result, 0, upper, 0, 1f, direct * count);
            for (int y = 0; y < to.height() && !same; y++) {
                eachTap(
                        rows,
                        columns,
                        y,
                        from,
                        to,
                        (output, token, weight) ->
                                addScaled(result, token * count, upper, output * count, weight, count));
            }
            for (int token = 0; token < dpositions.rowCount(); token++) {
                Floats.of(dpositions).put((long) token * width + column, result, token * count, count);
            }
        });
    }

    /** Columns {@code column .. column+count-1} of every row. */
    private static float[] load(Tensor tensor, int column, int count, Scratch scratch, int slot) {
        int rows = tensor.rowCount();
        int width = tensor.dim(-1);
        float[] values = scratch.floats(slot, rows * count);
        for (int row = 0; row < rows; row++) {
            Floats.of(tensor).get((long) row * width + column, values, row * count, count);
        }
        return values;
    }
}
