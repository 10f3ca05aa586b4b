package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.BicubicTaps;
import attmask.ops.Grid;
import attmask.ops.PositionResize;
import attmask.tensor.Tensor;

/** {@link PositionResize} as a sum over 4×4 taps. */
final class ReferencePositionResize extends PositionResize {
    @Override
    protected void computeForward(Tensor out, Tensor positions, Grid from, Grid to) {
        if (from.equals(to)) {
            write(out, read(positions));
            return;
        }
        int width = positions.dim(-1);
        double[] in = read(positions);
        double[] resized = new double[(int) out.count()];
        System.arraycopy(in, 0, resized, 0, width);
        forEachTap(from, to, (target, source, weight) -> {
            for (int d = 0; d < width; d++) {
                resized[target * width + d] += weight * in[source * width + d];
            }
        });
        write(out, resized);
    }

    @Override
    protected void computeBackward(Tensor dpositions, Tensor dout, Grid from, Grid to) {
        int width = dpositions.dim(-1);
        double[] g = read(dout);
        double[] d = read(dpositions);
        if (from.equals(to)) {
            for (int i = 0; i < d.length; i++) {
                d[i] += g[i];
            }
        } else {
            for (int i = 0; i < width; i++) {
                d[i] += g[i];
            }
            forEachTap(from, to, (target, source, weight) -> {
                for (int i = 0; i < width; i++) {
                    d[source * width + i] += weight * g[target * width + i];
                }
            });
        }
        write(dpositions, d);
    }

    private interface Tap {
        void accept(int target, int source, double weight);
    }

    /** Visits every (target row, source row, weight); row 0 is [CLS] and not among them. */
    private static void forEachTap(Grid from, Grid to, Tap tap) {
        BicubicTaps down = BicubicTaps.of(from.height(), to.height());
        BicubicTaps across = BicubicTaps.of(from.width(), to.width());
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < 4; j++) {
                        int source = down.index()[y][i] * from.width() + across.index()[x][j];
                        tap.accept(1 + y * to.width() + x, 1 + source, down.weight()[y][i] * across.weight()[x][j]);
                    }
                }
            }
        }
    }
}
