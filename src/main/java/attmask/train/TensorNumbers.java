package attmask.train;

import java.util.Arrays;

/**
 * What can be said of a tensor's numbers in a line.
 *
 * @param largest magnitude of those that are finite
 * @param notFinite how many are not
 */
public record TensorNumbers(String name, double largest, long notFinite) {
    static TensorNumbers of(String name, double... values) {
        return new TensorNumbers(
                name,
                Arrays.stream(values)
                        .map(Math::abs)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(0),
                Arrays.stream(values).filter(value -> !Double.isFinite(value)).count());
    }

    /** Of both together. */
    TensorNumbers with(TensorNumbers other) {
        return new TensorNumbers(name, Math.max(largest, other.largest), notFinite + other.notFinite);
    }
}
