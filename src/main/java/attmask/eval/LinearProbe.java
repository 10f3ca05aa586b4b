package attmask.eval;

import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.optim.ScheduleCosine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Linear evaluation of frozen features (DINO, iBOT): a linear classifier, by SGD with momentum 0.9 and without decay, the
 * learning rate a cosine to 0. Several rates are tried in one pass over the features.
 */
public final class LinearProbe {
    /** Batch that learning rates refer to. */
    private static final double REFERENCE_BATCH = 256;

    private LinearProbe() {}

    /**
     * How the heads are trained.
     *
     * @param batch images of a step
     * @param rates learning rates for a batch of 256; the one used is rate · batch / 256
     * @param seed of the images' order
     */
    public record Settings(int epochs, int batch, List<Double> rates, long seed) {
        /** The published number of epochs; rates that enclose the best one for features after a norm. */
        public static final Settings DEFAULT =
                new Settings(100, 256, List.of(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0), 0);

        public Settings {
            rates = List.copyOf(rates);
            if (epochs < 1 || batch < 1) {
                throw new UserException(
                        "linear evaluation of " + epochs + " epochs, batch " + batch + ": both must be 1 or more");
            }
            if (rates.isEmpty() || !rates.stream().allMatch(rate -> rate > 0 && Double.isFinite(rate))) {
                throw new UserException("learning rates are " + rates + "; there must be one or more, all positive");
            }
        }
    }

    /**
     * What a learning rate led to; accuracies are top-1 on the validation images, in percent.
     *
     * @param best the highest after any epoch
     * @param bestEpoch the first epoch that reached it, from 1
     * @param last that after the last epoch
     */
    public record RateResult(double rate, double best, int bestEpoch, double last) {}

    /**
     * A trained head.
     *
     * @param weight (C, F)
     * @param bias (C)
     */
    public record Head(float[] weight, float[] bias, double rate, int epoch, double top1) {}

    /**
     * Outcome for all rates.
     *
     * @param rates in the order of the settings
     * @param head the one of the best rate and epoch
     */
    public record Result(List<RateResult> rates, Head head) {
        /** The rate with the highest accuracy after any epoch. */
        public RateResult best() {
            return first(Comparator.comparingDouble(RateResult::best));
        }

        /** The rate with the highest accuracy after the last epoch. */
        public RateResult last() {
            return first(Comparator.comparingDouble(RateResult::last));
        }

        private RateResult first(Comparator<RateResult> order) {
            RateResult highest = rates.get(0);
            for (RateResult each : rates) {
                highest = order.compare(each, highest) > 0 ? each : highest;
            }
            return highest;
        }
    }

    /** Is told how far the training is. */
    public interface Progress {
        Progress NONE = new Progress() {};

        /** A step is done, of {@code steps} in the epoch, both from 1; {@code loss} is the lowest of all rates. */
        default void step(int epoch, int step, int steps, double loss) {}

        /** Top-1 of each rate after an epoch, counted from 1. */
        default void epoch(int epoch, double[] top1) {}
    }

    /**
     * Trains on features that were computed once, from the centre of each image ({@link FeatureExtraction#raw}).
     *
     * @throws UserException if there are no images, or every rate diverges
     */
    public static Result evaluate(
            Backend backend, Features train, Features validation, Settings settings, Progress progress) {
        return evaluate(
                backend,
                new CachedFeatures(train, settings.batch(), settings.seed()),
                train.classes(),
                validation,
                settings,
                progress);
    }

    /**
     * Trains on any features.
     *
     * @param classes C, one more than the largest label of the training images
     */
    public static Result evaluate(
            Backend backend,
            FeatureBatches train,
            int classes,
            Features validation,
            Settings settings,
            Progress progress) {
        if (validation.count() == 0) {
            throw new UserException("linear evaluation needs validation images; none is readable");
        }
        double scale = train.batch() / REFERENCE_BATCH;
        double[] rates =
                settings.rates().stream().mapToDouble(rate -> rate * scale).toArray();
        int steps = train.stepsPerEpoch();
        ScheduleCosine share = new ScheduleCosine(Math.multiplyExact(settings.epochs(), steps), 1, 0);
        try (LinearHeads heads = new LinearHeads(backend, train.width(), classes, rates, train.batch())) {
            Best best = new Best(settings.rates());
            for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
                int first = (epoch - 1) * steps;
                int number = epoch;
                int[] done = {0};
                train.epoch(epoch - 1, (features, labels, count) -> {
                    double loss = heads.step(features, labels, count, share.at(first + done[0]));
                    progress.step(number, ++done[0], steps, loss);
                });
                double[] top1 = heads.accuracy(validation);
                best.add(heads, epoch, top1);
                progress.epoch(epoch, top1);
            }
            return best.result();
        }
    }

    /** The best of each rate, and the best head of all. */
    private static final class Best {
        private final List<Double> rates;
        private final double[] best;
        private final int[] bestEpoch;
        private double[] last;
        private Head head;

        Best(List<Double> rates) {
            this.rates = rates;
            best = new double[rates.size()];
            bestEpoch = new int[rates.size()];
        }

        void add(LinearHeads heads, int epoch, double[] top1) {
            last = top1;
            for (int i = 0; i < top1.length; i++) {
                if (bestEpoch[i] == 0 || top1[i] > best[i]) {
                    best[i] = top1[i];
                    bestEpoch[i] = epoch;
                    if (head == null || top1[i] > head.top1()) {
                        take(heads, i, epoch, top1[i]);
                    }
                }
            }
        }

        /** One that has diverged is not taken, even if class 0, its constant answer, is a frequent one. */
        private void take(LinearHeads heads, int index, int epoch, double top1) {
            float[] weight = heads.weight(index);
            for (float value : weight) {
                if (!Float.isFinite(value)) {
                    return;
                }
            }
            head = new Head(weight, heads.bias(index), rates.get(index), epoch, top1);
        }

        Result result() {
            if (head == null) {
                throw new UserException("linear evaluation diverged at every learning rate; try lower ones");
            }
            List<RateResult> results = new ArrayList<>();
            for (int i = 0; i < best.length; i++) {
                results.add(new RateResult(rates.get(i), best[i], bestEpoch[i], last[i]));
            }
            return new Result(List.copyOf(results), head);
        }
    }
}
