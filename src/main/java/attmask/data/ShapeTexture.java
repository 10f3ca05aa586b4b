package attmask.data;

import attmask.random.RandomStream;

/** A background pattern: for every point a blend between two colours, 0..1. Drawn anew for each image. */
final class ShapeTexture {
    private static final int COARSE = 5;
    private static final int FINE = 10;

    private enum Kind {
        NOISE,
        STRIPES,
        CHECKER,
        GRADIENT
    }

    private final Kind kind;
    private final double cos;
    private final double sin;
    private final double frequency;
    private final double phase;
    private final float[] coarse = new float[(COARSE + 1) * (COARSE + 1)];
    private final float[] fine = new float[(FINE + 1) * (FINE + 1)];

    ShapeTexture(RandomStream random) {
        kind = Kind.values()[random.nextInt(Kind.values().length)];
        double angle = random.uniform(0, 2 * Math.PI);
        cos = StrictMath.cos(angle);
        sin = StrictMath.sin(angle);
        frequency = random.uniform(2.5, 7);
        phase = random.uniform(0, 1);
        fill(coarse, random);
        fill(fine, random);
    }

    private static void fill(float[] lattice, RandomStream random) {
        for (int i = 0; i < lattice.length; i++) {
            lattice[i] = random.nextUnit();
        }
    }

    /** The blend at a point; both coordinates run from 0 to 1 over the image. */
    double at(double x, double y) {
        double noise = 0.65 * noise(coarse, COARSE, x, y) + 0.35 * noise(fine, FINE, x, y);
        double along = (x * cos + y * sin) * frequency + phase;
        double pattern =
                switch (kind) {
                    case NOISE -> 1.6 * (noise - 0.5) + 0.5;
                    case STRIPES -> steep(wave(along));
                    case CHECKER -> {
                        double across = (y * cos - x * sin) * frequency + phase;
                        double product = (2 * steep(wave(along)) - 1) * (2 * steep(wave(across)) - 1);
                        yield 0.5 + 0.5 * product;
                    }
                    case GRADIENT -> 0.5 + ((x - 0.5) * cos + (y - 0.5) * sin);
                };
        return Math.max(0, Math.min(1, 0.7 * pattern + 0.3 * noise));
    }

    /** A triangle wave of period 1 between 0 and 1. */
    private static double wave(double t) {
        double part = t - Math.floor(t);
        return part < 0.5 ? 2 * part : 2 - 2 * part;
    }

    private static double steep(double t) {
        return Math.max(0, Math.min(1, (t - 0.5) * 3 + 0.5));
    }

    /** Smooth interpolation of a lattice of {@code cells} × {@code cells} cells. */
    private static double noise(float[] lattice, int cells, double x, double y) {
        int column = Math.max(0, Math.min(cells - 1, (int) (x * cells)));
        int row = Math.max(0, Math.min(cells - 1, (int) (y * cells)));
        double right = smooth(x * cells - column);
        double down = smooth(y * cells - row);
        int at = row * (cells + 1) + column;
        double top = lattice[at] + right * (lattice[at + 1] - lattice[at]);
        int below = at + cells + 1;
        double bottom = lattice[below] + right * (lattice[below + 1] - lattice[below]);
        return top + down * (bottom - top);
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }
}
