package attmask.eval;

import attmask.config.UserException;
import attmask.data.ImageSource;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.descriptive.moment.Mean;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/**
 * k-NN with few examples, as AttMask's table of low-shot results: the bank is the images [start, start + ν) of each
 * class in the order of the data set; ν = 1 uses k = 1, more use k = 20; five starts are averaged.
 */
public final class FewShot {
    /** The published numbers of examples. */
    public static final List<Integer> PUBLISHED = List.of(1, 5, 10, 20);

    private static final int STARTS = 5;

    private FewShot() {}

    /**
     * @param shots ν, examples for each class
     * @param k neighbours that voted
     * @param accuracies top-1 in percent for each of the five starts
     */
    public record Result(int shots, int k, double[] accuracies) {
        public double mean() {
            return new Mean().evaluate(accuracies);
        }

        /** Standard deviation of the sample (divisor n − 1). */
        public double deviation() {
            return new StandardDeviation().evaluate(accuracies);
        }
    }

    /** Neighbours for ν examples of each class. */
    public static int neighbours(int shots) {
        return shots == 1 ? 1 : 20;
    }

    /** First images of the five banks: 0, 5, 10, 15, 20 for ν up to 5, multiples of ν above. */
    public static int[] starts(int shots) {
        int[] starts = new int[STARTS];
        Arrays.setAll(starts, i -> i * Math.max(5, shots));
        return starts;
    }

    /**
     * Looks whether every class that occurs has images enough, before anything is encoded.
     *
     * @throws UserException if not
     */
    public static void requireEnough(ImageSource bank, int shots) {
        requirePossible(shots);
        int[] counts = new int[bank.classes().size()];
        for (int i = 0; i < bank.size(); i++) {
            counts[bank.label(i)]++;
        }
        for (int c = 0; c < counts.length; c++) {
            requireEnough(bank.classes().get(c), counts[c], starts(shots)[STARTS - 1], shots);
        }
    }

    private static void requirePossible(int shots) {
        if (shots < 1) {
            throw new UserException("few examples: " + shots + " for each class is impossible; it must be 1 or more");
        }
    }

    private static void requireEnough(String name, int count, int start, int shots) {
        if (count > 0 && count < start + shots) {
            throw new UserException("few examples: class " + name + " has " + count + " images, but " + shots
                    + " examples from image " + start + " need " + (start + shots)
                    + "; use fewer examples or a larger bank");
        }
    }

    /** @throws UserException if a class of the bank has too few images */
    public static Result evaluate(Features bank, Features queries, int shots, int threads) {
        requirePossible(shots);
        int k = neighbours(shots);
        double[] accuracies = Arrays.stream(starts(shots))
                .mapToObj(start -> bank.select(images(bank, start, shots)))
                .mapToDouble(few -> new KnnClassifier(few, threads)
                        .classify(queries, k)
                        .get(0)
                        .accuracy()
                        .top1())
                .toArray();
        return new Result(shots, k, accuracies);
    }

    /** Images [start, start + shots) of each class that occurs, in the order of the data set. */
    static int[] images(Features bank, int start, int shots) {
        int[] seen = new int[bank.classes()];
        int[] chosen = new int[bank.count()];
        int count = 0;
        for (int i = 0; i < bank.count(); i++) {
            int nth = seen[bank.labels()[i]]++;
            if (nth >= start && nth < start + shots) {
                chosen[count++] = i;
            }
        }
        for (int c = 0; c < seen.length; c++) {
            requireEnough(Integer.toString(c), seen[c], start, shots);
        }
        return Arrays.copyOf(chosen, count);
    }
}
