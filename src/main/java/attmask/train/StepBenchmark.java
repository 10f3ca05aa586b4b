package attmask.train;

import attmask.config.LossConfig;
import attmask.config.MaskConfig;
import attmask.config.MaskStrategy;
import attmask.config.OptimizerConfig;
import attmask.config.Preset;
import attmask.config.Size;
import attmask.masking.Masker;
import attmask.nn.VisionTransformer;
import attmask.nn.VisionTransformer.AttentionTap;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ops.MicroBatch;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import attmask.ssl.SelfDistillation.Update;
import attmask.ssl.Temperatures;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;

/**
 * Speed of the training step alone: forward of the teacher, masks, forward and backward of the student, update. The crops
 * are noise and already on the device, so no data is loaded.
 */
public final class StepBenchmark implements AutoCloseable {
    private static final double RATIO = 0.3;
    private static final double PROBABILITY = 0.5;
    private static final double HINT = 0.1;
    private static final double TEACHER_TEMPERATURE = 0.04;
    private static final double MOMENTUM = 0.996;

    private final Backend backend;
    private final SelfDistillation learned;
    private final Masks masks;
    private final LossConfig loss;
    private final OptimizerConfig optimizer;
    private int step;

    /** Seconds of the measured steps. */
    public record Timing(double median, double min, double max) {}

    /** A step in one part. */
    public StepBenchmark(StepShape shape, int batch, MaskStrategy strategy, Backend backend) {
        this(shape, batch, 1, strategy, backend);
    }

    /**
     * Takes the memory and draws weights and crops.
     *
     * @param parts that a step is computed in, one after the other, on the same crops; a divisor of {@code batch}
     */
    public StepBenchmark(StepShape shape, int batch, int parts, MaskStrategy strategy, Backend backend) {
        this.backend = backend;
        loss = Preset.named("imagenet-100ep-high").config().loss();
        optimizer = Preset.named("imagenet-100ep-high").config().optimizer();
        MaskConfig published = Preset.named("imagenet-100ep-high").config().mask();
        MaskConfig mask = new MaskConfig(
                strategy,
                List.of(RATIO),
                List.of(0.0),
                PROBABILITY,
                HINT,
                published.candidates(),
                published.candidateProbability(),
                0,
                -1);
        CropSet crops = new CropSet(
                batch / parts, parts, shape.model().image(), shape.locals(), Size.square(shape.localSide()));
        Grid grid = VisionTransformer.grid(shape.model().image(), shape.model().patch());
        Masker masker = new Masker(mask, grid, 0);
        masks = new Masks(masker, backend);
        learned = new SelfDistillation(
                backend, shape.model(), shape.head(), loss, crops, -1, masker.capacity(crops.globalImages()));
        learned.allocate();
        learned.initialize(0);
        noise(learned.globals(), 0);
        if (learned.locals() != null) {
            noise(learned.locals(), 1);
        }
    }

    private void noise(Tensor images, int which) {
        RandomStream random = new RandomStream(0, Purpose.TEST, which, 0);
        float[] values = new float[Math.toIntExact(images.count())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        backend.write(images, values, 0);
    }

    /** Bytes on the device, all planned at the start. */
    public long bytes() {
        return learned.arenas().stream().mapToLong(Arena::bytes).sum();
    }

    /**
     * Runs steps.
     *
     * @param warmup steps before the clock starts
     * @param runs steps that are timed, each for itself
     */
    public Timing run(int warmup, int runs) {
        for (int i = 0; i < warmup; i++) {
            step();
        }
        double[] seconds = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            step();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        return new Timing(
                StatUtils.percentile(seconds, 50),
                Arrays.stream(seconds).min().orElseThrow(),
                Arrays.stream(seconds).max().orElseThrow());
    }

    private void step() {
        Temperatures temperatures = new Temperatures(TEACHER_TEMPERATURE, TEACHER_TEMPERATURE, loss.studentTemp());
        for (int i = 0; i < learned.crops().parts(); i++) {
            MicroBatch part = learned.crops().part(i);
            learned.dropPath(0, step, part);
            learned.forwardBackward(part, temperatures, masks.at(step, part, true), AttentionTap.NONE);
        }
        learned.update(new Update(
                optimizer.learningRate(), optimizer.weightDecay(), optimizer.clipGradient(), false, MOMENTUM));
        step++;
    }

    @Override
    public void close() {
        learned.close();
    }
}
