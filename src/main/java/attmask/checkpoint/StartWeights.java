package attmask.checkpoint;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.file.Untrusted;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.ParameterLayout;
import attmask.nn.Parameters;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts a new run from the weights of a checkpoint: student from student, teacher from teacher, the one from the other
 * where the checkpoint has only one. What it has not, such as a head, starts as in any run; positions are resized if the
 * run's images have another size.
 */
public final class StartWeights {
    private static final String POSITIONS = "pos_embed";

    private final Path path;
    private final TrainConfig config;

    /**
     * Looks whether the checkpoint of {@code run.init} fits the run.
     *
     * @throws UserException if not; names the tensor and both shapes
     */
    public StartWeights(TrainConfig config) {
        path = Path.of(config.run().init());
        this.config = config;
        try (CheckpointFile file = CheckpointFile.open(path)) {
            ModelWeights weights = file.weights();
            ModelConfig theirs = weights.config().model();
            require(
                    theirs.heads() == config.model().heads(),
                    "its model has " + theirs.heads() + " attention heads, the run's "
                            + config.model().heads(),
                    "set --heads " + theirs.heads());
            check(weights.trained(), theirs);
            check(weights.evaluated(), theirs);
        }
    }

    private void check(Map<String, StoredTensor> network, ModelConfig theirs) {
        // With the checkpoint's positions, since they are resized.
        ModelConfig ours = config.model();
        ModelConfig expected = new ModelConfig(
                new Size(theirs.gridHeight() * ours.patch(), theirs.gridWidth() * ours.patch()),
                ours.patch(),
                ours.width(),
                ours.depth(),
                ours.heads(),
                ours.mlpRatio(),
                0);
        fits(network, NetworkParameters.backbone(expected), "take the run's --width, --depth and --patch from it");
        ParameterLayout all = NetworkParameters.teacher(expected, config.head());
        if (takesHead(network)) {
            fits(network, all, "set the head as it is there, or draw it anew with --fresh-head");
        }
        List<String> known = all.parameters().stream().map(Parameter::name).toList();
        for (String name : network.keySet()) {
            boolean wanted = name.startsWith("blocks.") || (takesHead(network) && ModelWeights.isHead(name));
            require(
                    !wanted || known.contains(name),
                    Untrusted.shown(name) + " is " + network.get(name).shape() + " there, and the run's model has none",
                    "set the model as it is there (--depth, --shared-head)");
        }
    }

    private void fits(Map<String, StoredTensor> network, ParameterLayout layout, String remedy) {
        String misfit = ModelWeights.misfit(network, layout);
        require(misfit == null, misfit, remedy);
    }

    private void require(boolean condition, String complaint, String remedy) {
        if (!condition) {
            throw new UserException(
                    "cannot start from " + path + ", which does not fit the run: " + complaint + "; " + remedy);
        }
    }

    private boolean takesHead(Map<String, StoredTensor> network) {
        return !config.run().freshHead() && network.keySet().stream().anyMatch(ModelWeights::isHead);
    }

    /**
     * Copies the weights over those of a run that has just been initialised.
     *
     * @return what was taken, for the user
     */
    public String load(Backend backend, SelfDistillation learned) {
        List<String> taken = new ArrayList<>();
        try (CheckpointFile file = CheckpointFile.verified(path)) {
            ModelWeights weights = file.weights();
            Grid from = grid(weights.config().model());
            copy(weights.trained(), backend, learned.studentParameters(), from);
            copy(weights.evaluated(), backend, learned.teacherParameters(), from);
            taken.add(
                    weights.student().isEmpty()
                            ? "teacher"
                            : weights.teacher().isEmpty() ? "student" : "both networks");
            if (takesHead(weights.evaluated())) {
                taken.add("heads");
                center(
                        weights,
                        ModelWeights.CLS_CENTER,
                        backend,
                        learned.centers().cls());
                center(
                        weights,
                        ModelWeights.PATCH_CENTER,
                        backend,
                        learned.centers().patch());
            } else {
                taken.add("new heads");
            }
            Grid to = grid(config.model());
            if (!to.equals(from)) {
                taken.add("positions resized from " + from + " to " + to);
            }
        }
        return "started from " + path + " (" + String.join(", ", taken) + ")";
    }

    private void copy(Map<String, StoredTensor> network, Backend backend, Parameters parameters, Grid from) {
        boolean head = takesHead(network);
        for (Parameter parameter : parameters.layout().parameters()) {
            StoredTensor stored = network.get(parameter.name());
            if (stored == null || (ModelWeights.isHead(parameter.name()) && !head)) {
                continue;
            }
            Tensor target = parameters.get(parameter.name());
            if (parameter.name().equals(POSITIONS)) {
                resize(stored, backend, target, from);
            } else {
                backend.write(target, stored.doubles());
            }
        }
    }

    private void resize(StoredTensor positions, Backend backend, Tensor target, Grid from) {
        int width = config.model().width();
        Grid to = grid(config.model());
        try (Arena arena = new Arena("positions to resize")) {
            Tensor source = arena.tensor(backend.real(), 1 + from.tokens(), width);
            arena.allocate(backend::allocate);
            backend.write(source, positions.doubles());
            backend.positionResize().forward(target.view(1 + to.tokens(), width), source, from, to);
        }
    }

    private static void center(ModelWeights weights, String name, Backend backend, Tensor target) {
        StoredTensor center = weights.centers().get(name);
        if (center != null && center.shape().count() == target.count()) {
            backend.write(target, center.doubles());
        }
    }

    private static Grid grid(ModelConfig model) {
        return VisionTransformer.grid(model.image(), model.patch());
    }
}
