package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenAssemblyTest {
    /** (B, N, D): awkward ones, a prime, and ViT-Small on 224 pixels. */
    private static final int[][] SIZES = {{1, 1, 1}, {31, 6, 33}, {33, 5, 31}, {3, 101, 7}, {2, 196, 384}};

    private static Consumer<Trial> program(int images, int patchCount, int width, boolean masked) {
        return trial -> {
            TokenAssembly op = trial.backend().tokenAssembly();
            Tensor patches = trial.input("patches", images * patchCount, width);
            Tensor cls = trial.real("cls", 1, 1, width);
            Tensor maskToken = masked ? trial.real("maskToken", 1, width) : null;
            Tensor mask = masked ? trial.bytes("mask", coins(images * patchCount), images, patchCount) : null;
            Tensor positions = trial.real("positions", 1 + patchCount, width);
            Tensor tokens = trial.output("tokens", images * (1 + patchCount), width);
            op.forward(tokens, patches, cls, maskToken, mask, positions);

            Tensor dtokens = trial.input("dtokens", images * (1 + patchCount), width);
            Tensor dpatches = trial.output("dpatches", images * patchCount, width);
            Tensor dcls = trial.sumsOf(images).accumulator("dcls", 1, 1, width);
            Tensor dpositions = trial.accumulator("dpositions", 1 + patchCount, width);
            Tensor dmaskToken = masked ? trial.sumsOf(images * patchCount).accumulator("dmaskToken", 1, width) : null;
            trial.backward(() -> op.backward(dpatches, dcls, dmaskToken, dpositions, dtokens, mask));
        };
    }

    private static byte[] coins(int count) {
        RandomStream random = new RandomStream(1, Purpose.TEST, 0, 0);
        byte[] coins = new byte[count];
        for (int i = 0; i < count; i++) {
            coins[i] = (byte) (random.chance(0.4) ? 1 : 0);
        }
        return coins;
    }

    @Test
    void knownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .tokenAssembly()
                .forward(
                        trial.output("tokens", 6, 1),
                        trial.input("patches", new double[] {1, 2, 3, 4}, 4, 1),
                        trial.real("cls", new double[] {100}, 1),
                        trial.real("maskToken", new double[] {-50}, 1),
                        trial.bytes("mask", new byte[] {0, 1, 1, 0}, 2, 2),
                        trial.real("positions", new double[] {0.25, 0.5, 0.75}, 3, 1)));
        assertArrayEquals(new double[] {100.25, 1.5, -49.25, 100.25, -49.5, 4.75}, result.values("tokens"));
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 4, 2, true), "tokens", "patches", "cls", "maskToken", "positions");
        GradientCheck.check(program(3, 4, 2, false), "tokens", "patches", "cls", "positions");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], true));
            Agreement.check(subject, program(size[0], size[1], size[2], false));
        }
        Agreement.check(subject, program(0, 4, 3, true));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            TokenAssembly op = trial.backend().tokenAssembly();
            Tensor tokens = trial.input("tokens", 10, 3);
            Tensor patches = trial.input("patches", 8, 3);
            Tensor row = trial.input("row", 3);
            Tensor positions = trial.real("positions", 5, 3);
            Tensor mask = trial.bytes("mask", new byte[8], 2, 4);
            Tensor wrong = trial.input("wrong", 7, 3);
            String forward = "token_assembly.forward";
            Contract.rejects(
                    () -> op.forward(wrong, patches, row, null, null, positions),
                    forward,
                    "tokens",
                    "(7, 3)",
                    "(5, 3)");
            Contract.rejects(
                    () -> op.forward(tokens, wrong, row, null, null, positions),
                    forward,
                    "patches",
                    "(7, 3)",
                    "(8, 3)");
            Contract.rejects(() -> op.forward(tokens, patches, wrong, null, null, positions), forward, "cls", "(7, 3)");
            Contract.rejects(() -> op.forward(tokens, patches, row, row, null, positions), forward, "come together");
            Contract.rejects(
                    () -> op.forward(tokens, patches, row, wrong, mask, positions), forward, "maskToken", "(7, 3)");
            Contract.rejects(
                    () -> op.forward(tokens, patches, row, row, mask.view(4, 2), positions),
                    forward,
                    "mask",
                    "(4, 2)",
                    "(2, 4)");
            Tensor reals = trial.input("reals", 2, 4);
            Contract.rejects(
                    () -> op.forward(tokens, patches, row, row, reals, positions), forward, "mask", "F64", "U8");
            Contract.rejects(
                    () -> op.backward(wrong, row, null, positions, tokens, null),
                    "token_assembly.backward",
                    "dpatches",
                    "(7, 3)",
                    "(8, 3)");
        });
    }
}
