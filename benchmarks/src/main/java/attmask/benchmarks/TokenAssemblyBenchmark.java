package attmask.benchmarks;

import attmask.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Patches (B·N, D) with masks to tokens (B·T, D). */
public class TokenAssemblyBenchmark extends OpBenchmark {
    private Tensor tokens, patches, cls, maskToken, mask, positions;
    private Tensor dcls, dmaskToken, dpositions;

    @Override
    void plan() {
        tokens = activations(rows(), WIDTH);
        patches = activations(crops() * SIDE * SIDE, WIDTH);
        cls = reals(WIDTH);
        maskToken = reals(WIDTH);
        mask = bytes(crops(), SIDE * SIDE);
        positions = reals(TOKENS, WIDTH);
        dcls = reals(WIDTH);
        dmaskToken = reals(WIDTH);
        dpositions = reals(TOKENS, WIDTH);
    }

    @Override
    void prepare() {
        byte[] hidden = new byte[Math.toIntExact(mask.count())];
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = (byte) (i % 10 < 10 * MASKED ? 1 : 0);
        }
        backend().write(mask, hidden);
    }

    @Benchmark
    public void forward(Work work) {
        run(work, moved(tokens, patches, mask), tokens.count(), () -> backend()
                .tokenAssembly()
                .forward(tokens, patches, cls, maskToken, mask, positions));
    }

    @Benchmark
    public void backward(Work work) {
        run(work, moved(patches, tokens, mask), tokens.count(), () -> backend()
                .tokenAssembly()
                .backward(patches, dcls, dmaskToken, dpositions, tokens, mask));
    }
}
