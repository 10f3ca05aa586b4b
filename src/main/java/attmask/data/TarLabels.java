package attmask.data;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What the labels of WebDataset samples mean: numbers are labels themselves, other texts are names of classes. */
final class TarLabels {
    /** More than any data set of classes has; a number beyond it is a mistake. */
    private static final int MOST_CLASSES = 100_000;

    private TarLabels() {}

    /**
     * The classes, "0" to the largest number, or all names sorted.
     *
     * @param labels of all samples; null where a sample has none
     * @throws UserException if a number is too large
     */
    static List<String> classes(List<String> labels) {
        TreeSet<String> distinct = new TreeSet<>();
        for (String label : labels) {
            if (label == null) {
                return List.of();
            }
            distinct.add(label);
        }
        if (!distinct.stream().allMatch(label -> label.matches("\\d{1,9}"))) {
            return List.copyOf(distinct);
        }
        int largest = distinct.stream().mapToInt(Integer::parseInt).max().orElse(-1);
        if (largest >= MOST_CLASSES) {
            throw new UserException("a sample has label " + largest + ", but labels count from 0 and there are at most "
                    + MOST_CLASSES + " classes: correct its .cls or .json");
        }
        return IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
    }

    /**
     * Labels as numbers.
     *
     * @param where for the message
     * @throws UserException if one is not among the classes
     */
    static int[] numbers(List<String> labels, List<String> classes, String where) {
        Map<String, Integer> numbers = new HashMap<>();
        for (String name : classes) {
            numbers.put(name, numbers.size());
        }
        return labels.stream()
                .mapToInt(label -> {
                    // "007" is 7.
                    String plain = label.matches("\\d{1,9}") ? Integer.toString(Integer.parseInt(label)) : label;
                    Integer number = numbers.getOrDefault(label, numbers.get(plain));
                    if (number == null) {
                        throw new UserException("class " + Untrusted.shown(label) + " of " + where
                                + " has no counterpart in the training set: remove it or add the class there");
                    }
                    return number;
                })
                .toArray();
    }
}
