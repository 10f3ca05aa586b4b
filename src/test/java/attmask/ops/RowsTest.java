package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowsTest {
    /** (M, R, D): awkward ones, a prime, all rows, and ViT-Small. */
    private static final int[][] SIZES = {{1, 1, 1}, {31, 40, 33}, {33, 33, 31}, {20, 197, 101}, {67, 394, 384}};

    /** The picked rows are spread and out of order, and the index has entries that no packed row asks for. */
    private static Consumer<Trial> program(int picked, int all, int width) {
        int[] index = new int[picked + 3];
        Arrays.fill(index, -1);
        for (int i = 0; i < picked; i++) {
            index[i] = all - 1 - i * all / picked;
        }
        return trial -> {
            Rows op = trial.backend().rows();
            Tensor x = trial.input("x", all, width);
            Tensor rows = trial.ints("index", index, picked + 3);
            op.gather(trial.output("y", picked, width), x, rows);
            Tensor dy = trial.input("dy", picked, width);
            Tensor dx = trial.output("dx", all, width);
            trial.backward(() -> {
                trial.backend().zero(dx);
                op.scatter(dx, dy, rows);
            });
        };
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void picksAndPutsBack(Subject subject) {
        Trial.Result result = Trial.run(subject.backend(), trial -> {
            Tensor index = trial.ints("index", new int[] {2, 0}, 2);
            Tensor all = trial.input("all", new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
            Tensor packed = trial.output("packed", 2, 2);
            trial.backend().rows().gather(packed, all, index);
            Tensor other = trial.accumulator("other", new double[] {9, 9, 9, 9, 9, 9, 9, 9}, 4, 2);
            trial.backend().rows().scatter(other, packed, index);
        });
        assertArrayEquals(new double[] {5, 6, 1, 2}, result.values("packed"));
        assertArrayEquals(new double[] {1, 2, 9, 9, 5, 6, 9, 9}, result.values("other"), "other rows are left alone");
    }

    @Test
    void gradients() {
        GradientCheck.check(program(3, 7, 5), "y", "x");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2]));
        }
        Agreement.check(subject, program(0, 4, 5));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Rows op = trial.backend().rows();
            Tensor all = trial.input("all", 6, 5);
            Tensor packed = trial.input("packed", 3, 5);
            Tensor wrong = trial.input("wrong", 3, 4);
            Tensor index = trial.ints("index", new int[3], 3);
            Tensor few = trial.ints("few", new int[2], 2);
            Tensor real = trial.input("real", 3);
            Contract.rejects(() -> op.gather(wrong, all, index), "rows.gather", "packed", "(3, 4)", "(3, 5)");
            Contract.rejects(() -> op.gather(packed, all, few), "rows.gather", "index", "(2)", "(3, 5)");
            Contract.rejects(() -> op.gather(packed, all, real), "rows.gather", "index", "F64", "I32");
            Contract.rejects(() -> op.scatter(all, wrong, index), "rows.scatter", "packed", "(3, 4)", "(3, 5)");
            Contract.rejects(() -> op.scatter(all, packed, few), "rows.scatter", "index", "(2)", "(3, 5)");
        });
    }
}
