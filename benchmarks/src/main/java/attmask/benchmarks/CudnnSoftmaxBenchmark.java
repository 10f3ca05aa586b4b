package attmask.benchmarks;

import attmask.config.Precision;
import attmask.cuda.jcuda.Cudnn;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@link SoftmaxBenchmark#forward} is to be compared with: NVIDIA's softmax of the same matrix. It knows no center
 * and no temperature, which are two more operations on numbers that are there.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(OpBenchmark.CALLS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CudnnSoftmaxBenchmark {
    @Param("64")
    public int images;

    private final Arena arena = new Arena("benchmark");
    private Device opened;
    private Cudnn cudnn;
    private Tensor y;
    private Tensor x;

    @Setup
    public void open() {
        String missing = Cudnn.missing();
        if (missing != null) {
            throw new IllegalStateException(missing);
        }
        opened = Device.open(Device.CUDA, Precision.FP32);
        int rows = 2 * images;
        y = arena.tensor(opened.backend().real(), rows, OpBenchmark.PROTOTYPES);
        x = arena.tensor(opened.backend().real(), rows, OpBenchmark.PROTOTYPES);
        arena.allocate(opened.backend()::allocate);
        RandomStream random = new RandomStream(0, Purpose.TEST, rows, 0);
        float[] values = new float[Math.toIntExact(x.count())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        opened.backend().write(x, values, 0);
        opened.finish().run();
        cudnn = new Cudnn(rows, OpBenchmark.PROTOTYPES);
    }

    @TearDown
    public void close() {
        cudnn.close();
        arena.close();
        opened.backend().close();
    }

    @Benchmark
    public void forward(Work work) {
        for (int i = 0; i < OpBenchmark.CALLS; i++) {
            cudnn.softmax((Long) y.handle(), (Long) x.handle());
        }
        opened.finish().run();
        work.add((double) OpBenchmark.CALLS * OpBenchmark.moved(y, x), OpBenchmark.CALLS * 6.0 * x.count());
    }
}
