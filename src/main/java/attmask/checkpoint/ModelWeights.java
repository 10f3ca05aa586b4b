package attmask.checkpoint;

import attmask.config.TrainConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a run or of a model from elsewhere, by parameter name: timm's for the backbone, {@code head.*} for the
 * projection head, {@code masked_embed} for the student's mask token. The tensors are read when asked for.
 *
 * @param config its model and head; the rest is the run's, or a preset's for a model from elsewhere
 * @param student empty if it is not there
 * @param teacher empty if it is not there
 * @param centers {@link #CLS_CENTER} (1, K) and {@link #PATCH_CENTER} (1, K'), where they are known
 */
public record ModelWeights(
        TrainConfig config,
        Map<String, StoredTensor> student,
        Map<String, StoredTensor> teacher,
        Map<String, StoredTensor> centers) {
    /** Name of the [CLS] center in {@code centers}. */
    public static final String CLS_CENTER = "cls";

    /** Name of the patches' center in {@code centers}. */
    public static final String PATCH_CENTER = "patch";

    /** The mask token, which only students have. */
    public static final String MASK_TOKEN = "masked_embed";

    public ModelWeights {
        student = Collections.unmodifiableMap(new LinkedHashMap<>(student));
        teacher = Collections.unmodifiableMap(new LinkedHashMap<>(teacher));
        centers = Collections.unmodifiableMap(new LinkedHashMap<>(centers));
    }

    /** The network to evaluate: the teacher, or the student if there is no teacher. */
    public Map<String, StoredTensor> evaluated() {
        return teacher.isEmpty() ? student : teacher;
    }

    /** The network to go on training: the student, or the teacher if there is no student. */
    public Map<String, StoredTensor> trained() {
        return student.isEmpty() ? teacher : student;
    }

    /** True if the networks have their projection heads. */
    public boolean hasHead() {
        return evaluated().keySet().stream().anyMatch(ModelWeights::isHead);
    }

    /** True for a parameter of the projection head. */
    public static boolean isHead(String name) {
        return name.startsWith("head.");
    }
}
