package attmask.train;

import attmask.data.DataSet;
import attmask.data.ReadableImages;
import attmask.eval.Encoder;
import attmask.eval.FeatureExtraction;
import attmask.eval.Features;
import attmask.eval.KnnClassifier;
import attmask.eval.KnnClassifier.Accuracy;
import java.util.List;
import java.util.Optional;

/** k-NN of the teacher's features during training: the training images vote on the validation images. */
final class OnlineKnn {
    private final Encoder encoder;
    private final ReadableImages train;
    private final ReadableImages validation;
    private final int[] neighbours;
    private final int threads;

    private OnlineKnn(
            Encoder encoder, ReadableImages train, ReadableImages validation, List<Integer> neighbours, int threads) {
        this.encoder = encoder;
        this.train = train;
        this.validation = validation;
        this.neighbours = neighbours.stream().mapToInt(Integer::intValue).toArray();
        this.threads = threads;
    }

    /** Empty if the data has no labels or no validation images. */
    static Optional<OnlineKnn> of(
            Encoder encoder,
            DataSet data,
            ReadableImages train,
            ReadableImages validation,
            List<Integer> neighbours,
            int threads) {
        if (!isPossible(data)) {
            return Optional.empty();
        }
        return Optional.of(new OnlineKnn(encoder, train, validation, neighbours, threads));
    }

    private static boolean isPossible(DataSet data) {
        return data.hasValidation() && !data.train().classes().isEmpty();
    }

    /** Of the heap, with features of so many values: the bank twice (in blocks), and a copy where one is made. */
    static long bytes(DataSet data, int width) {
        long images = (long) data.train().size() + data.validation().size();
        return isPossible(data) ? 2L * Float.BYTES * width * images : 0;
    }

    /** Accuracies for each k. */
    List<Accuracy> evaluate() {
        Features bank = FeatureExtraction.of(encoder, train, threads, done -> {});
        Features queries = FeatureExtraction.of(encoder, validation, threads, done -> {});
        return new KnnClassifier(bank, threads)
                .classify(queries, neighbours).stream()
                        .map(KnnClassifier.Result::accuracy)
                        .toList();
    }
}
