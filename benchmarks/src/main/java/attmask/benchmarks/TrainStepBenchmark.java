package attmask.benchmarks;

import attmask.config.MaskStrategy;
import attmask.config.ModelConfig;
import attmask.config.Precision;
import attmask.train.StepBenchmark;
import attmask.train.StepShape;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole training step: teacher, masks, student forward and backward, update; no data is loaded. The batch suits a
 * CPU; a GPU is filled by {@code -p batch=64} or more.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TrainStepBenchmark {
    @Param({Device.CPU, Device.CUDA})
    public String device;

    /** Of a GPU; the CPU computes in float32. */
    @Param("BF16")
    public String precision;

    @Param("small-2+0")
    public String shape;

    @Param("4")
    public int batch;

    private Device opened;
    private StepBenchmark step;

    @Setup
    public void open() {
        opened = Device.open(device, Precision.valueOf(precision));
        step = new StepBenchmark(StepShape.named(shape), batch, MaskStrategy.HIGH, opened.backend());
        opened.finish().run();
    }

    @TearDown
    public void close() {
        step.close();
        opened.backend().close();
    }

    @Benchmark
    public void step(Work work) {
        step.run(0, 1);
        opened.finish().run();
        work.add(0, batch * operations(StepShape.named(shape)));
    }

    /**
     * Matrix products of the backbones for one image: forward by the teacher for each global crop; forward, and backward
     * at twice the price, by the student for every crop. Heads and everything that is not a product are left out.
     */
    private static double operations(StepShape shape) {
        ModelConfig model = shape.model();
        double global = forward(model, model.image().height(), model.image().width());
        double local = forward(model, shape.localSide(), shape.localSide());
        return 2 * global + 3 * (2 * global + shape.locals() * local);
    }

    private static double forward(ModelConfig model, int height, int width) {
        double patches = (double) height / model.patch() * (width / model.patch());
        double tokens = 1 + patches;
        double size = model.width();
        double projections = (4 + 2 * model.mlpRatio()) * size * size * tokens;
        double attention = 2 * tokens * tokens * size;
        double embedding = 3.0 * model.patch() * model.patch() * size * patches;
        return 2 * (model.depth() * (projections + attention) + embedding);
    }
}
