package attmask.benchmarks;

import attmask.random.Philox;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Uniform floats per microsecond, single thread: {@link Philox} against the JDK's fastest generator as the yardstick.
 *
 * <p>The counter-based generator has to cost little beside decoding an image (tens of numbers) and filling a weight
 * matrix (millions, once). One-second iterations: compiled within the first, the other warm-up ones let clocks settle.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PhiloxBenchmark {
    private static final int FLOATS = 4096;

    private final float[] values = new float[FLOATS];
    private final int[] words = new int[4];
    private final SplittableRandom splittable = new SplittableRandom(1);
    private int step;

    @Benchmark
    @OperationsPerInvocation(FLOATS)
    public float[] philox() {
        step++;
        for (int i = 0; i < FLOATS; i += 4) {
            Philox.words(words, 1L, i, step, 0, 0);
            for (int j = 0; j < 4; j++) {
                values[i + j] = Philox.unit(words[j]);
            }
        }
        return values;
    }

    @Benchmark
    @OperationsPerInvocation(FLOATS)
    public float[] splittableRandom() {
        for (int i = 0; i < FLOATS; i++) {
            values[i] = Philox.unit(splittable.nextInt());
        }
        return values;
    }
}
