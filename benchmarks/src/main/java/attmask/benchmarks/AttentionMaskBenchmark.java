package attmask.benchmarks;

import attmask.ops.AttentionMask.Rule;
import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** From a layer's projections, (B·T, 3·D), to masks (B, N) and the list of masked rows: all that a step asks. */
public class AttentionMaskBenchmark extends OpBenchmark {
    private static final Rule HINT = new Rule(true, (int) (MASKED * SIDE * SIDE), 60, 12, 0.5, 0, 0);

    private Tensor mask, rows, scores, qkv;

    @Override
    void plan() {
        mask = bytes(crops(), SIDE * SIDE);
        rows = ints(masked());
        scores = reals(crops(), SIDE * SIDE);
        qkv = activations(rows(), 3 * WIDTH);
    }

    @Benchmark
    public void choose(Work work) {
        // Of the projections, the keys of all tokens and the queries of [CLS].
        long bytes = moved(mask, scores) + moved(qkv) / 3 + moved(qkv) / 3 / TOKENS;
        run(work, bytes, (2.0 * WIDTH + 5 * HEADS) * rows(), () -> backend()
                .attentionMask()
                .choose(mask, rows, scores, qkv, HEADS, HINT));
    }

    @Benchmark
    public void select(Work work) {
        run(work, moved(mask, scores), 0, () -> backend().attentionMask().select(mask, rows, scores, HINT));
    }
}
