package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The masked rows of the tokens: (M, D) of (B·T, D). */
public class RowsBenchmark extends OpBenchmark {
    private Tensor packed, all, index;

    @Override
    void plan() {
        packed = activations(masked(), WIDTH);
        all = activations(rows(), WIDTH);
        index = ints(masked());
    }

    @Override
    void prepare() {
        int[] chosen = new int[masked()];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = (int) ((long) i * rows() / chosen.length);
        }
        backend().write(index, chosen, chosen.length);
    }

    @Benchmark
    public void gather(Work work) {
        run(work, moved(packed, packed, index), 0, () -> backend().rows().gather(packed, all, index));
    }

    @Benchmark
    public void scatter(Work work) {
        run(work, moved(packed, packed, index), 0, () -> backend().rows().scatter(all, packed, index));
    }
}
