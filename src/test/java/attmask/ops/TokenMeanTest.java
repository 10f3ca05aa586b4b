package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenMeanTest {
    /** (B, T, D): awkward ones, a prime, a ViT's tokens, and logits of the published runs. */
    private static final int[][] SIZES = {{1, 2, 1}, {3, 11, 31}, {31, 2, 33}, {5, 7, 101}, {4, 197, 256}, {8, 2, 8192}
    };

    private static Consumer<Trial> program(int images, int tokens, int width, int first) {
        // n terms of order 1/n: the sum has n roundings of a number of order one at most.
        int terms = images * tokens;
        return trial -> trial.backend()
                .tokenMean()
                .forward(
                        trial.sumsOf(terms, 1 / Math.sqrt(terms)).realOutput("mean", width),
                        trial.input("x", images * tokens, width),
                        tokens,
                        first);
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void leavesOutTheFirstTokens(Subject subject) {
        double[] x = {100, 100, 1, 2, 3, 4, /**/ 100, 100, 5, 6, 7, 12};
        for (int first = 0; first < 3; first++) {
            int from = first;
            Trial.Result result = Trial.run(subject.backend(), trial -> trial.backend()
                    .tokenMean()
                    .forward(trial.realOutput("mean", 2), trial.input("x", x, 6, 2), 3, from));
            double[][] means = {{216 / 6.0, 224 / 6.0}, {4, 6}, {5, 8}};
            // A mean of six needs a rounding.
            assertArrayEquals(means[first], result.values("mean"), first == 0 ? 1e-5 : 0, "from token " + first);
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], 0));
            Agreement.check(subject, program(size[0], size[1], size[2], 1));
        }
        Agreement.check(subject, program(33, 1, 31, 0));
    }

    @Test
    void wrongCalls() {
        Trial.run(Backends.REFERENCE, trial -> {
            TokenMean op = trial.backend().tokenMean();
            Tensor x = trial.input("x", 6, 5);
            Tensor mean = trial.realOutput("mean", 5);
            Tensor none = trial.input("none", 0, 5);
            String name = "token_mean.forward";
            Contract.rejects(() -> op.forward(trial.input("wrong", 6), x, 3, 0), name, "mean", "(6)", "5");
            Contract.rejects(() -> op.forward(mean, x, 4, 0), name, "(6, 5)", "4 tokens");
            Contract.rejects(() -> op.forward(mean, x, 3, 3), name, "(6, 5)", "from 3");
            Contract.rejects(() -> op.forward(mean, x, 3, -1), name, "(6, 5)", "from -1");
            Contract.rejects(() -> op.forward(mean, none, 3, 0), name, "(0, 5)");
        });
    }
}
