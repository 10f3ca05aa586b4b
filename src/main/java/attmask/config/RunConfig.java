package attmask.config;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Length of a run, and what is not part of the experiment: where it runs and what it writes.
 *
 * @param epochs number of epochs
 * @param batch images of a step
 * @param accumulate equal parts that a step is computed in, one after the other; their gradients add up to the batch's
 * @param seed of all randomness
 * @param skipLimit steps in a row with a loss or gradient that is not finite that are too many; each is left out
 * @param onNonFinite what happens then
 * @param evalEvery epochs between online k-NN evaluations; 0 evaluates only before the first epoch and after the last
 * @param checkpointEvery epochs between checkpoints, each replacing the one before
 * @param checkpointEverySteps steps between checkpoints beside those of {@code checkpointEvery}; 0 for none
 * @param keepEvery epochs between checkpoints that are kept; 0 keeps none
 * @param knn numbers of neighbours of the online k-NN evaluation
 * @param output run directory
 * @param device where to run
 * @param precision of products and activations
 * @param threads of the CPU backend; 0 for one on each core
 * @param init checkpoint whose weights the run starts from; empty to draw them
 * @param freshHead draw the head's weights although {@code init} has some
 */
public record RunConfig(
        int epochs,
        int batch,
        int accumulate,
        long seed,
        int skipLimit,
        OnNonFinite onNonFinite,
        int evalEvery,
        int checkpointEvery,
        int checkpointEverySteps,
        int keepEvery,
        List<Integer> knn,
        String output,
        DeviceChoice device,
        Precision precision,
        int threads,
        String init,
        boolean freshHead) {
    public RunConfig {
        knn = List.copyOf(knn);
        Check.positive("run.epochs", epochs);
        Check.positive("run.batch", batch);
        Check.positive("run.accumulate", accumulate);
        Check.that(batch % accumulate == 0, "run.accumulate", accumulate, divisors(batch));
        Check.positive("run.skipLimit", skipLimit);
        Check.notNegative("run.evalEvery", evalEvery);
        Check.positive("run.checkpointEvery", checkpointEvery);
        Check.notNegative("run.checkpointEverySteps", checkpointEverySteps);
        Check.notNegative("run.keepEvery", keepEvery);
        Check.that(!knn.isEmpty() && knn.stream().allMatch(k -> k > 0), "run.knn", knn, "one positive number or more");
        Check.that(!output.isBlank(), "run.output", "empty", "a folder to write into");
        Check.notNegative("run.threads", threads);
        Check.that(!freshHead || !init.isEmpty(), "run.freshHead", true, "false without run.init (--init FILE)");
    }

    private static String divisors(int batch) {
        return IntStream.rangeClosed(1, batch)
                .filter(n -> batch % n == 0)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", ", "a divisor of run.batch (" + batch + "): ", ""));
    }

    /** Images that are computed at once. */
    public int imagesAtOnce() {
        return batch / accumulate;
    }
}
