package attmask.checkpoint;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.ParameterLayout;
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

    /** The first way in which a network differs from what a layout needs, as "a.weight is (3), needs (4)", or null. */
    public static String misfit(Map<String, StoredTensor> network, ParameterLayout layout) {
        for (Parameter parameter : layout.parameters()) {
            StoredTensor tensor = network.get(parameter.name());
            if (tensor == null) {
                return parameter.name() + " is missing";
            }
            if (!tensor.shape().equals(parameter.shape())) {
                return parameter.name() + " is " + tensor.shape() + ", needs " + parameter.shape();
            }
            if (!tensor.type().isFloating()) {
                return parameter.name() + " holds whole numbers (" + tensor.type() + ")";
            }
        }
        return null;
    }

    /**
     * The backbone to evaluate, by parameter name.
     *
     * @throws UserException if it is not that of {@link #config}
     */
    public Map<String, StoredTensor> backbone() {
        ParameterLayout layout = NetworkParameters.backbone(config.model());
        String misfit = misfit(evaluated(), layout);
        if (misfit != null) {
            throw new UserException("the checkpoint is damaged: " + misfit);
        }
        Map<String, StoredTensor> backbone = new LinkedHashMap<>();
        layout.parameters()
                .forEach(parameter -> backbone.put(parameter.name(), evaluated().get(parameter.name())));
        return backbone;
    }

    /** True for a parameter of the projection head. */
    public static boolean isHead(String name) {
        return name.startsWith("head.");
    }
}
