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
import java.util.Map;

/**
 * A training run in one safetensors file: student, teacher, optimiser, centers, progress and settings. Random numbers
 * follow from seed and step, so they need no state. The bytes depend on what was learned only, not on time, threads
 * or folders.
 */
public final class Checkpoint {
    private static final String FORMAT = "attmask-jcuda checkpoint 1";
    private static final String STUDENT = "student/";
    private static final String TEACHER = "teacher/";
    private static final String FIRST = "optimizer/first/";
    private static final String SECOND = "optimizer/second/";
    private static final String STEPS = "optimizer/steps";
    private static final String CLS_CENTER = "center/cls";
    private static final String PATCH_CENTER = "center/patch";
    private static final String SUM = "epoch/sum/";
    private static final String CLUSTERS = "epoch/clusters";
    private static final String LABELS = "epoch/labels";

    private Checkpoint() {}

    /** Writes the file aside and renames it; the one before stays until the new one is complete. */
    public static void save(
            Path file, TrainConfig config, int images, Backend backend, SelfDistillation learned, Progress progress) {
        SafeTensorsWriter writer = new SafeTensorsWriter()
                .metadata("format", FORMAT)
                .metadata("step", Integer.toString(progress.step()))
                .metadata("images", Integer.toString(images))
                .metadata("config", ConfigJson.write(config.experiment()));
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
        writer.write(file);
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
        try (SafeTensors file = open(path)) {
            requireSame(path, file, config, images);
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
            return new Progress(number(path, file, "step"), sums, file.ints(CLUSTERS), file.ints(LABELS));
        }
    }

    private static void requireSame(Path path, SafeTensors file, TrainConfig config, int images) {
        ConfigJson.firstDifference(configOf(path, file), config.experiment()).ifPresent(difference -> {
            throw new UserException("cannot resume from " + path + ": its run had other settings (" + difference
                    + "); give the same settings or another --output");
        });
        if (!file.metadata("images").equals(Integer.toString(images))) {
            throw new UserException("cannot resume from " + path + ": its run had " + file.metadata("images")
                    + " training images, now there are " + images + "; resume with the same data");
        }
    }

    /** The settings of the run that wrote a checkpoint. */
    public static TrainConfig config(Path path) {
        try (SafeTensors file = open(path)) {
            return configOf(path, file);
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
        try (SafeTensors file = open(path)) {
            return new Summary(configOf(path, file), number(path, file, "images"), number(path, file, "step"));
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

    private static TrainConfig configOf(Path path, SafeTensors file) {
        return ConfigJson.read(file.metadata("config"), path.toString());
    }

    /** Copies the teacher's parameters that {@code weights} has, for evaluation. */
    public static void readTeacher(Path path, Backend backend, Parameters weights) {
        try (SafeTensors file = open(path)) {
            copy(file, backend, TEACHER, weights);
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

    private static SafeTensors open(Path path) {
        SafeTensors file = SafeTensors.open(path);
        String format = file.metadata().get("format");
        if (!FORMAT.equals(format)) {
            file.close();
            throw new UserException(path + " is not a checkpoint of this program (format "
                    + (format == null ? "unknown" : "'" + format + "'") + "); name a checkpoint.safetensors of a run");
        }
        return file;
    }
}
