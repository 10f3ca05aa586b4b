package attmask.benchmarks;

import attmask.tensor.Tensor;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;

/** What the machine itself can do, as the measure of every op: how fast it copies, and how fast it multiplies. */
public class Ceilings extends OpBenchmark {
    /** Beyond any cache: 256 MB. */
    private static final int NUMBERS = 64 << 20;

    /** Side of the square matrices. */
    private static final int SIDE_OF_PRODUCT = 2048;

    private Tensor to, from;
    private Tensor y, x, weight;

    @Override
    void plan() {
        to = reals(NUMBERS);
        from = reals(NUMBERS);
        y = activations(SIDE_OF_PRODUCT, SIDE_OF_PRODUCT);
        x = activations(SIDE_OF_PRODUCT, SIDE_OF_PRODUCT);
        weight = activations(SIDE_OF_PRODUCT, SIDE_OF_PRODUCT);
    }

    @Benchmark
    public void copy(Work work) {
        run(work, moved(to, from), 0, this::copy);
    }

    /** One core of several cannot use all of the memory's speed. */
    private void copy() {
        int parts = device.equals(Device.CPU) ? Runtime.getRuntime().availableProcessors() : 1;
        int length = NUMBERS / parts;
        IntStream.range(0, parts).parallel().forEach(i -> backend()
                .copy(to.slice(i * length, length), from.slice(i * length, length)));
    }

    @Benchmark
    public void matrix(Work work) {
        double operations = 2.0 * SIDE_OF_PRODUCT * SIDE_OF_PRODUCT * SIDE_OF_PRODUCT;
        run(work, moved(y, x, weight), operations, () -> backend().linear().forward(y, x, weight, null));
    }
}
