package attmask.verify;

import attmask.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects what one case finds on one backend, with the bounds that its arithmetic deserves.
 *
 * <p>In double precision every number must agree within 1e-9, absolute plus relative. In float32, losses agree within
 * 1e-4 in the same measure, and tensors within 1e-3 of their largest element.
 */
final class Findings {
    private static final double DOUBLE_BOUND = 1e-9;
    private static final double FLOAT_LOSS_BOUND = 1e-4;
    private static final double FLOAT_TENSOR_BOUND = 1e-3;

    private final String golden;
    private final boolean exact;
    private final List<Finding> list = new ArrayList<>();

    Findings(String golden, DType real) {
        this.golden = golden;
        exact = real == DType.F64;
    }

    List<Finding> list() {
        return list;
    }

    /** Losses, or anything else that is held to absolute plus relative error. */
    void losses(String quantity, double[] actual, double[] expected) {
        double bound = exact ? DOUBLE_BOUND : FLOAT_LOSS_BOUND;
        add(quantity, absolutePlusRelative(actual, expected), bound);
    }

    /** A tensor. */
    void tensor(String quantity, double[] actual, double[] expected) {
        if (exact) {
            add(quantity, absolutePlusRelative(actual, expected), DOUBLE_BOUND);
        } else {
            add(quantity, relativeToLargest(actual, expected), FLOAT_TENSOR_BOUND);
        }
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
