package attmask.benchmarks;

import attmask.config.Precision;
import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * Calls of one op at the shapes of a ViT-S/16 on two global crops of 224 pixels of each image. An op's class plans its
 * tensors and says for each call what must be moved and computed; {@link Work} makes rates of it.
 *
 * <p>A GPU gets {@link #CALLS} calls before it is waited for, as in a training step, so that a wait's microseconds do
 * not count as the op's. Warm-up: the CPU's code is compiled within the first second, memory touched by the first call.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(OpBenchmark.CALLS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public abstract class OpBenchmark {
    static final int CALLS = 10;

    /** D, H, T = 1 + 14², hidden width of the MLP, prototypes K, width before them. */
    static final int WIDTH = 384;

    static final int HEADS = 6;
    static final int SIDE = 14;
    static final int TOKENS = 1 + SIDE * SIDE;
    static final int HIDDEN = 4 * WIDTH;
    static final int PROTOTYPES = 8192;
    static final int BOTTLENECK = 256;
    static final int PATCH = 16;

    /** Share of the patches that is hidden. */
    static final double MASKED = 0.3;

    /** Random numbers are drawn once and repeated. */
    private static final int DRAWN = 1 << 16;

    @Param({Device.CPU, Device.CUDA})
    public String device;

    /** Of a GPU; the CPU computes in float32. */
    @Param("FP32")
    public String precision;

    @Param("64")
    public int images;

    private Device opened;
    private final Arena arena = new Arena("benchmark");
    private final List<Tensor> numbers = new ArrayList<>();

    @Setup
    public final void open() {
        opened = Device.open(device, Precision.valueOf(precision));
        plan();
        arena.allocate(backend()::allocate);
        numbers.forEach(tensor -> fill(tensor, 0, 1));
        prepare();
        opened.finish().run();
    }

    @TearDown
    public final void close() {
        arena.close();
        backend().close();
    }

    /** Plans the tensors. */
    abstract void plan();

    /** Fills those that standard normal numbers will not do for. */
    void prepare() {}

    final Backend backend() {
        return opened.backend();
    }

    /** B: crops of a step. */
    final int crops() {
        return 2 * images;
    }

    /** B·T. */
    final int rows() {
        return crops() * TOKENS;
    }

    /** M: masked tokens of a step. */
    final int masked() {
        return crops() * (int) (MASKED * SIDE * SIDE);
    }

    /** A tensor of standard normal numbers. */
    final Tensor reals(int... dims) {
        return numbers(backend().real(), dims);
    }

    /** The same of activations, or of weights that matrix products read. */
    final Tensor activations(int... dims) {
        return numbers(backend().activation(), dims);
    }

    private Tensor numbers(DType type, int... dims) {
        Tensor tensor = arena.tensor(type, dims);
        numbers.add(tensor);
        return tensor;
    }

    final Tensor ints(int... dims) {
        return arena.tensor(DType.I32, dims);
    }

    final Tensor bytes(int... dims) {
        return arena.tensor(DType.U8, dims);
    }

    /** Normal numbers of this mean and deviation. */
    final void fill(Tensor tensor, double mean, double deviation) {
        RandomStream random = new RandomStream(0, Purpose.TEST, DRAWN, 0);
        double[] drawn = new double[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            drawn[i] = random.nextGaussian();
        }
        float[] values = new float[Math.toIntExact(tensor.count())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * drawn[i % DRAWN]);
        }
        backend().write(tensor, values, 0);
    }

    /** Bytes of tensors that are read or written once; name one that is both twice. */
    static long moved(Tensor... tensors) {
        long bytes = 0;
        for (Tensor tensor : tensors) {
            bytes += tensor.count() * tensor.type().bytes();
        }
        return bytes;
    }

    /**
     * Makes the calls and waits for them.
     *
     * @param bytes that one call must move, and
     * @param operations that it must compute
     */
    final void run(Work work, long bytes, double operations, Runnable call) {
        for (int i = 0; i < CALLS; i++) {
            call.run();
        }
        opened.finish().run();
        work.add((double) CALLS * bytes, CALLS * operations);
    }
}
