package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnfoldTest {
    /** (B, C, grid height, grid width, patch): awkward ones, a prime patch, and a 224-pixel image in 16-pixel patches. */
    private static final int[][] SIZES = {
        {1, 1, 1, 1, 1}, {3, 3, 2, 5, 4}, {2, 3, 31, 1, 1}, {1, 2, 3, 33, 2}, {1, 3, 2, 3, 7}, {1, 3, 14, 14, 16}
    };

    private static Consumer<Trial> program(int images, int channels, int height, int width, int patch) {
        return trial -> trial.backend()
                .unfold()
                .forward(
                        trial.output("patches", images * height * width, channels * patch * patch),
                        trial.real("images", images, channels, height * patch, width * patch),
                        patch);
    }

    /** Two channels of 2×4 pixels in two patches of 2×2. */
    @Test
    void knownValues() {
        double[] pixels = new double[16];
        Arrays.setAll(pixels, i -> i);
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> trial.backend()
                .unfold()
                .forward(trial.output("patches", 2, 8), trial.real("images", pixels, 1, 2, 2, 4), 2));
        assertArrayEquals(
                new double[] {0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15}, result.values("patches"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], size[3], size[4]));
        }
        Agreement.check(subject, program(0, 3, 2, 2, 4));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Unfold op = trial.backend().unfold();
            Tensor images = trial.real("images", 2, 3, 8, 12);
            Tensor patches = trial.input("patches", 12, 48);
            Tensor wrong = trial.input("wrong", 12, 47);
            Contract.rejects(() -> op.forward(patches, images, 5), "unfold.forward", "images", "(2, 3, 8, 12)", "5");
            Contract.rejects(() -> op.forward(wrong, images, 4), "unfold.forward", "patches", "(12, 47)", "(12, 48)");
        });
    }
}
