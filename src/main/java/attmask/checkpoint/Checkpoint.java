package attmask.checkpoint;

import attmask.config.ConfigJson;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A training run in one safetensors file: student, teacher, optimiser, centers, progress and settings. Random numbers
 * follow from seed and step, so they need no state. The bytes depend on what was learned only, not on time, threads
 * or folders.
 */
public final class Checkpoint {
    private static final String STUDENT = CheckpointFile.STUDENT;
    private static final String TEACHER = CheckpointFile.TEACHER;
    private static final String FIRST = "optimizer/first/";
    private static final String SECOND = "optimizer/second/";
    private static final String STEPS = "optimizer/steps";
    private static final String CLS_CENTER = CheckpointFile.CENTER + ModelWeights.CLS_CENTER;
    private static final String PATCH_CENTER = CheckpointFile.CENTER + ModelWeights.PATCH_CENTER;
    private static final String SUM = "epoch/sum/";
    private static final String CLUSTERS = "epoch/clusters";
    private static final String LABELS = "epoch/labels";

    private static final String SIGNS = "collapse";
    private static final String REWINDS = "rewinds";

    private Checkpoint() {}

    /** Writes the newest checkpoint of a run; the one before it is kept. */
    public static void save(
            LastCheckpoints last,
            TrainConfig config,
            int images,
            Backend backend,
            SelfDistillation learned,
            Progress progress) {
        last.add(writer(config, images, backend, learned, progress));
    }

    /** Writes a checkpoint that stays. */
    public static void keep(
            Path file, TrainConfig config, int images, Backend backend, SelfDistillation learned, Progress progress) {
        writer(config, images, backend, learned, progress).writeVerified(file, null);
    }

    private static SafeTensorsWriter writer(
            TrainConfig config, int images, Backend backend, SelfDistillation learned, Progress progress) {
        SafeTensorsWriter writer = new SafeTensorsWriter()
                .metadata("format", CheckpointFile.FORMAT)
                .metadata("step", Integer.toString(progress.step()))
                .metadata("images", Integer.toString(images))
                .metadata(SIGNS, String.join(",", progress.signs()))
                .metadata("config", ConfigJson.write(config.experiment()));
        if (progress.rewinds().total() > 0) {
            writer.metadata(REWINDS, progress.rewinds().text());
        }
        add(writer, backend, STUDENT, learned.studentParameters());
        add(writer, backend, TEACHER, learned.teacherParameters());
        add(writer, backend, FIRST, learned.optimizer().firstMoments());
        add(writer, backend, SECOND, learned.optimizer().secondMoments());
        int[] steps = learned.optimizer().stepCounts();
        writer.ints(STEPS, Shape.of(steps.length), () -> steps);
        add(writer, backend, CLS_CENTER, learned.centers().cls());
        add(writer, backend, PATCH_CENTER, learned.centers().patch());
        progress.sums().forEach((name, sum) -> writer.doubles(SUM + name, Shape.of(1), () -> new double[] {sum}));
        writer.ints(CLUSTERS, Shape.of(progress.clusters().length), progress::clusters);
        writer.ints(LABELS, Shape.of(progress.labels().length), progress::labels);
        return writer;
    }

    static void add(SafeTensorsWriter writer, Backend backend, String prefix, Parameters parameters) {
        for (Parameter parameter : parameters.layout().parameters()) {
            add(writer, backend, prefix + parameter.name(), parameters.get(parameter.name()));
        }
    }

    private static void add(SafeTensorsWriter writer, Backend backend, String name, Tensor tensor) {
        int count = Math.toIntExact(tensor.count());
        if (tensor.type() == DType.F64) {
            writer.doubles(name, tensor.shape(), () -> {
                double[] values = new double[count];
                backend.read(tensor, values);
                return values;
            });
        } else {
            writer.floats(name, tensor.shape(), () -> {
                float[] values = new float[count];
                backend.read(tensor, values);
                return values;
            });
        }
    }

    /**
     * Restores a run exactly.
     *
     * @param images number of training images now; the order of the data depends on it
     * @throws UserException if the file is damaged, or of another experiment
     */
    public static Progress restore(
            Path path, TrainConfig config, int images, Backend backend, SelfDistillation learned) {
        try (CheckpointFile checkpoint = CheckpointFile.verified(path)) {
            SafeTensors file = checkpoint.tensors();
            requireSame(path, checkpoint, config, images);
            copy(file, backend, STUDENT, learned.studentParameters());
            copy(file, backend, TEACHER, learned.teacherParameters());
            copy(file, backend, FIRST, learned.optimizer().firstMoments());
            copy(file, backend, SECOND, learned.optimizer().secondMoments());
            learned.optimizer().restoreStepCounts(file.ints(STEPS));
            backend.write(learned.centers().cls(), file.doubles(CLS_CENTER));
            backend.write(learned.centers().patch(), file.doubles(PATCH_CENTER));
            Map<String, Double> sums = new LinkedHashMap<>();
            for (String name : file.names()) {
                if (name.startsWith(SUM)) {
                    sums.put(name.substring(SUM.length()), file.doubles(name)[0]);
                }
            }
            // Older checkpoints do not say.
            String signs = file.metadata().getOrDefault(SIGNS, "");
            String rewinds = file.metadata().get(REWINDS);
            return new Progress(
                    number(path, file, "step"),
                    sums,
                    file.ints(CLUSTERS),
                    file.ints(LABELS),
                    signs.isEmpty() ? List.of() : List.of(signs.split(",")),
                    rewinds == null ? Rewinds.NONE : Rewinds.of(rewinds, file.name()));
        }
    }

    private static void requireSame(Path path, CheckpointFile checkpoint, TrainConfig config, int images) {
        SafeTensors file = checkpoint.tensors();
        if (!file.has(STEPS)) {
            throw new UserException("cannot resume from " + path
                    + ": it holds weights only, no optimiser; start a run from them with train --init " + path);
        }
        ConfigJson.firstDifference(checkpoint.config(), config.experiment()).ifPresent(difference -> {
            throw new UserException("cannot resume from " + path + ": its run had other settings (" + difference
                    + "); give the same settings or another --output");
        });
        if (!file.metadata("images").equals(Integer.toString(images))) {
            throw new UserException("cannot resume from " + path + ": its run had " + file.metadata("images")
                    + " training images, now there are " + images + "; resume with the same data");
        }
    }

    /**
     * Writes weights alone, for evaluation and for runs to start from.
     *
     * @param origin where they are from, for people
     */
    public static void saveWeights(Path file, ModelWeights weights, String origin) {
        SafeTensorsWriter writer = new SafeTensorsWriter()
                .metadata("format", CheckpointFile.FORMAT)
                .metadata("origin", origin)
                .metadata("config", ConfigJson.write(weights.config().experiment()));
        weights.student().forEach((name, tensor) -> writer.tensor(STUDENT + name, tensor));
        weights.teacher().forEach((name, tensor) -> writer.tensor(TEACHER + name, tensor));
        weights.centers().forEach((name, tensor) -> writer.tensor(CheckpointFile.CENTER + name, tensor));
        writer.writeVerified(file, null);
    }

    /** The settings of the run that wrote a checkpoint. */
    public static TrainConfig config(Path path) {
        try (CheckpointFile file = CheckpointFile.open(path)) {
            return file.config();
        }
    }

    /**
     * How far a run is.
     *
     * @param config what decides on what it learns
     * @param images it trains on
     * @param step done
     */
    public record Summary(TrainConfig config, int images, int step) {
        /** True if there is nothing left to train. */
        public boolean finished() {
            return step >= steps();
        }

        /** Of the whole run. */
        public int steps() {
            return config.run().epochs() * config.stepsPerEpoch(images);
        }
    }

    /** What a checkpoint says about its run. */
    public static Summary summary(Path path) {
        try (CheckpointFile file = CheckpointFile.open(path)) {
            return new Summary(
                    file.config(), number(path, file.tensors(), "images"), number(path, file.tensors(), "step"));
        }
    }

    private static int number(Path path, SafeTensors file, String name) {
        try {
            return Integer.parseInt(file.metadata(name));
        } catch (NumberFormatException e) {
            throw new UserException(
                    path + " is damaged: its " + name + " is '" + file.metadata(name) + "'; use another checkpoint", e);
        }
    }

    /** Copies the parameters that {@code weights} has of the network to evaluate, the teacher if it is there. */
    public static void readTeacher(Path path, Backend backend, Parameters weights) {
        try (CheckpointFile file = CheckpointFile.verified(path)) {
            boolean teacher = !file.weights().teacher().isEmpty();
            copy(file.tensors(), backend, teacher ? TEACHER : STUDENT, weights);
        }
    }

    static void copy(SafeTensors file, Backend backend, String prefix, Parameters parameters) {
        for (Parameter parameter : parameters.layout().parameters()) {
            String name = prefix + parameter.name();
            if (!file.has(name) || !file.shape(name).equals(parameter.shape())) {
                throw new UserException("checkpoint " + file.name() + " does not fit the model: " + name + " is "
                        + (file.has(name) ? file.shape(name) : "missing") + ", needs " + parameter.shape()
                        + "; use the checkpoint of this model");
            }
            backend.write(parameters.get(parameter.name()), file.doubles(name));
        }
    }
}
