package attmask.config;

import java.util.List;

/**
 * Length of a run, and what is not part of the experiment: where it runs and what it writes.
 *
 * @param epochs number of epochs
 * @param batch images of a step
 * @param seed of all randomness
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
        long seed,
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
        Check.notNegative("run.evalEvery", evalEvery);
        Check.positive("run.checkpointEvery", checkpointEvery);
        Check.notNegative("run.checkpointEverySteps", checkpointEverySteps);
        Check.notNegative("run.keepEvery", keepEvery);
        Check.that(!knn.isEmpty() && knn.stream().allMatch(k -> k > 0), "run.knn", knn, "one positive number or more");
        Check.that(!output.isBlank(), "run.output", "empty", "a folder to write into");
        Check.notNegative("run.threads", threads);
        Check.that(!freshHead || !init.isEmpty(), "run.freshHead", true, "false without run.init (--init FILE)");
    }
}
