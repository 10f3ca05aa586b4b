package attmask.data;

/**
 * The ten foreground objects of the built-in images, each as the set of points (u, v) it covers: u to the right, v
 * downwards, all within about 1 of the origin. Chosen to differ under any rotation.
 */
enum ShapeClass {
    DISC {
        @Override
        boolean contains(double u, double v) {
            return u * u + v * v <= 0.81;
        }
    },
    RING {
        @Override
        boolean contains(double u, double v) {
            double squared = u * u + v * v;
            return squared <= 0.95 && squared >= 0.27;
        }
    },
    SQUARE {
        @Override
        boolean contains(double u, double v) {
            return Math.abs(u) <= 0.74 && Math.abs(v) <= 0.74;
        }
    },
    TRIANGLE {
        @Override
        boolean contains(double u, double v) {
            return v <= 0.55 && 1.8 * Math.abs(u) - v <= 1.05;
        }
    },
    CROSS {
        @Override
        boolean contains(double u, double v) {
            double x = Math.abs(u);
            double y = Math.abs(v);
            return Math.min(x, y) <= 0.27 && Math.max(x, y) <= 0.95;
        }
    },
    STAR {
        /** A five-pointed star is where at least four of the pentagon's five half-planes hold. */
        @Override
        boolean contains(double u, double v) {
            int inside = 0;
            for (int side = 0; side < 5; side++) {
                if (u * COS[side] + v * SIN[side] <= 0.36) {
                    inside++;
                }
            }
            return inside >= 4;
        }
    },
    HEART {
        @Override
        boolean contains(double u, double v) {
            double x = Math.abs(u);
            double lobeX = x - 0.43;
            double lobeY = v + 0.37;
            boolean lobe = lobeX * lobeX + lobeY * lobeY <= 0.21;
            return lobe || (v >= -0.37 && x <= (0.92 - v) * 0.8 && x <= 0.88 && v - x >= -0.8);
        }
    },
    CRESCENT {
        @Override
        boolean contains(double u, double v) {
            double inner = u - 0.42;
            return u * u + v * v <= 0.95 && inner * inner + v * v >= 0.55;
        }
    },
    ARROW {
        @Override
        boolean contains(double u, double v) {
            double y = Math.abs(v);
            return (u <= 0.1 && u >= -0.95 && y <= 0.24) || (u > 0.1 && u <= 0.95 && y <= (0.95 - u) * 0.9);
        }
    },
    HOURGLASS {
        @Override
        boolean contains(double u, double v) {
            return Math.abs(v) <= 0.85 && Math.abs(u) <= 0.06 + 0.8 * Math.abs(v);
        }
    };

    private static final double[] COS = new double[5];
    private static final double[] SIN = new double[5];

    static {
        for (int side = 0; side < 5; side++) {
            double angle = 2 * Math.PI * (side + 0.25) / 5;
            COS[side] = StrictMath.cos(angle);
            SIN[side] = StrictMath.sin(angle);
        }
    }

    /** Whether the object covers a point. */
    abstract boolean contains(double u, double v);
}
