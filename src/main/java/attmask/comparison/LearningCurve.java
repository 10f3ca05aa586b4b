package attmask.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Accuracy over epochs.
 *
 * @param points percent by epoch; 0 is before training
 */
public record LearningCurve(SortedMap<Integer, Double> points) {
    /** The mean of several curves, where all of them have a point. */
    static LearningCurve mean(List<LearningCurve> curves) {
        SortedMap<Integer, Double> mean = new TreeMap<>();
        for (int epoch : curves.get(0).points.keySet()) {
            if (curves.stream().allMatch(curve -> curve.points.containsKey(epoch))) {
                mean.put(
                        epoch,
                        curves.stream()
                                .mapToDouble(curve -> curve.points.get(epoch))
                                .average()
                                .orElseThrow());
            }
        }
        return new LearningCurve(mean);
    }

    /** The last point. */
    public double last() {
        return points.get(points.lastKey());
    }

    /** Epochs until the curve first reaches {@code target}, straight between its points; empty if it never does. */
    public OptionalDouble epochsTo(double target) {
        List<Map.Entry<Integer, Double>> entries = new ArrayList<>(points.entrySet());
        for (int i = 0; i < entries.size(); i++) {
            double value = entries.get(i).getValue();
            if (value >= target) {
                if (i == 0) {
                    return OptionalDouble.of(entries.get(0).getKey());
                }
                int before = entries.get(i - 1).getKey();
                double from = entries.get(i - 1).getValue();
                double share = (target - from) / (value - from);
                return OptionalDouble.of(before + share * (entries.get(i).getKey() - before));
            }
        }
        return OptionalDouble.empty();
    }
}
