package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** A block's attention, (B·T, 3·D), 6 heads of 64. */
public class AttentionBenchmark extends OpBenchmark {
    private Tensor out, logSumExp, qkv, dqkv, dout;

    @Override
    void plan() {
        out = activations(rows(), WIDTH);
        logSumExp = reals(crops(), HEADS, TOKENS);
        qkv = activations(rows(), 3 * WIDTH);
        dqkv = activations(rows(), 3 * WIDTH);
        dout = activations(rows(), WIDTH);
    }

    @Override
    void prepare() {
        backend().attention().forward(out, logSumExp, qkv);
    }

    @Benchmark
    public void forward(Work work) {
        // Two products of T·T·E for each head.
        run(work, moved(out, logSumExp, qkv), 2 * product(), () -> backend()
                .attention()
                .forward(out, logSumExp, qkv));
    }

    @Benchmark
    public void backward(Work work) {
        // Scores again, then dP, dV, dQ and dK.
        run(work, moved(dqkv, dout, qkv, out, logSumExp), 5 * product(), () -> backend()
                .attention()
                .backward(dqkv, dout, qkv, out, logSumExp));
    }

    private double product() {
        return 2.0 * crops() * TOKENS * TOKENS * WIDTH;
    }
}
