package attmask.verify;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what one case finds on one backend, with the bounds that its arithmetic deserves.
 *
 * <p>In double precision every number must agree within 1e-9, absolute plus relative. Otherwise losses are held to
 * absolute plus relative error, and tensors to error over their largest element.
 */
final class Findings {
    /**
     * Largest errors allowed. Those of products in TF32 and bfloat16 are three to four times the largest that was
     * measured with the executed kernels, which gives other orders of summation their room.
     *
     * @param exact tensors too are held to absolute plus relative error
     * @param losses of one step
     * @param trajectory losses of many steps: each goes on from the errors of those before
     * @param tensors activations, gradients, centers
     * @param learned parameters after a step: where a gradient is nothing but roundings, Adam's first step, the rate
     *     times the gradient's sign, goes either way
     * @param places of a mask that may differ: tokens whose scores are closer together than their roundings change
     *     places, two at a time
     */
    private record Bounds(boolean exact, double losses, double trajectory, double tensors, double learned, int places) {
        private static final Bounds DOUBLE = new Bounds(true, 1e-9, 1e-9, 1e-9, 1e-9, 0);
        private static final Bounds FLOAT = new Bounds(false, 1e-4, 1e-4, 1e-3, 1e-3, 0);
        /** Measured: 1.8e-4, 8.0e-4, 1.5e-3, 1.0e-2, none. */
        private static final Bounds TF32 = new Bounds(false, 6e-4, 2.5e-3, 5e-3, 3e-2, 0);
        /** Measured: 5.7e-4, 1.9e-2, 1.1e-2, 2.6e-2, 2. */
        private static final Bounds BF16 = new Bounds(false, 2e-3, 6e-2, 3.5e-2, 8e-2, 6);

        /** Of factors split into two bfloat16 numbers, which are held to float32's bounds. */
        private static final double SPLIT = 0x1p-15;

        static Bounds of(double roundoff) {
            if (roundoff <= SPLIT) {
                return roundoff <= 0x1p-53 ? DOUBLE : FLOAT;
            }
            return roundoff <= 0x1p-11 ? TF32 : BF16;
        }
    }

    private final String golden;
    private final Bounds bounds;
    private final List<Finding> list = new ArrayList<>();

    /** @param roundoff of the backend's products */
    Findings(String golden, double roundoff) {
        this.golden = golden;
        bounds = Bounds.of(roundoff);
    }

    List<Finding> list() {
        return list;
    }

    /** Losses of one step, or anything else that is held to absolute plus relative error. */
    void losses(String quantity, double[] actual, double[] expected) {
        add(quantity, absolutePlusRelative(actual, expected), bounds.losses());
    }

    /** Losses step by step. */
    void trajectory(String quantity, double[] actual, double[] expected) {
        add(quantity, absolutePlusRelative(actual, expected), bounds.trajectory());
    }

    /** A tensor. */
    void tensor(String quantity, double[] actual, double[] expected) {
        tensor(quantity, actual, expected, bounds.tensors());
    }

    /** Parameters after an update. */
    void learned(String quantity, double[] actual, double[] expected) {
        tensor(quantity, actual, expected, bounds.learned());
    }

    private void tensor(String quantity, double[] actual, double[] expected, double bound) {
        double error = bounds.exact() ? absolutePlusRelative(actual, expected) : relativeToLargest(actual, expected);
        add(quantity, error, bound);
    }

    /** A mask chosen by the backend's own scores: the number of places that differ. */
    void mask(String quantity, long differences) {
        add(quantity, differences, bounds.places());
    }

    /** Something that has one right answer: the number of places that differ must be 0. */
    void equal(String quantity, long differences) {
        add(quantity, differences, 0);
    }

    void add(String quantity, double error, double bound) {
        list.add(new Finding(golden, quantity, error, bound));
    }

    /** max |a − e| / (1 + |e|); NaN if anything is. */
    static double absolutePlusRelative(double[] actual, double[] expected) {
        double worst = actual.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(actual.length, expected.length); i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i])));
        }
        return worst;
    }

    /** max |a − e| / max |e|; NaN if anything is. */
    static double relativeToLargest(double[] actual, double[] expected) {
        double worst = actual.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
        double largest = Double.MIN_NORMAL;
        for (int i = 0; i < Math.min(actual.length, expected.length); i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return worst / largest;
    }
}
