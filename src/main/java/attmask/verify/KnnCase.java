package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.config.UserException;
import attmask.eval.Features;
import attmask.eval.KnnClassifier;
import attmask.ops.Backend;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Weighted k-NN: every prediction, and top-1 and top-5 accuracy. */
final class KnnCase implements GoldenCase {
    /** Percent; the files round accuracies to no more than this. */
    private static final double ACCURACY_BOUND = 1e-6;

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        int width = file.shape("train").dim(1);
        Features bank = Features.normalised(file.doubles("train"), width, file.ints("train_labels"));
        Features queries = Features.normalised(file.doubles("test"), width, file.ints("test_labels"));
        JsonNode accuracies = json(file, "accuracy");
        KnnClassifier classifier = new KnnClassifier(bank, 1);
        for (JsonNode k : json(file, "ks")) {
            KnnClassifier.Result result =
                    classifier.classify(queries, k.intValue()).get(0);
            int[] expected = file.ints("expect/prediction/" + k.intValue());
            long differences = 0;
            for (int i = 0; i < expected.length; i++) {
                differences += expected[i] == result.predictions()[i] ? 0 : 1;
            }
            findings.equal("prediction k=" + k, differences);
            JsonNode accuracy = accuracies.path(k.asText());
            findings.add("top-1 k=" + k, off(result.accuracy().top1(), accuracy, "top1"), ACCURACY_BOUND);
            findings.add("top-5 k=" + k, off(result.accuracy().top5(), accuracy, "top5"), ACCURACY_BOUND);
        }
    }

    private static double off(double actual, JsonNode accuracy, String name) {
        return Math.abs(actual - accuracy.path(name).asDouble(Double.NaN));
    }

    static JsonNode json(SafeTensors file, String key) {
        try {
            return JSON.readTree(file.metadata(key));
        } catch (JsonProcessingException e) {
            throw new UserException(file.name() + ": its metadata '" + key + "' is not valid JSON", e);
        }
    }
}
