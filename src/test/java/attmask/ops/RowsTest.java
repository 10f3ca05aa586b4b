package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
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

class RowsTest {
    /** (R, M, D): awkward ones, primes, wide rows, and the masked rows of 8 images of ViT-Small. */
    private static final int[][] SIZES = {
        {1, 1, 1}, {33, 31, 31}, {197, 101, 33}, {7, 0, 5}, {5, 3, 1031}, {8 * 197, 240, 384}
    };

    /** Gather, and scatter into rows that are partly left alone. */
    private static Consumer<Trial> program(int rows, int picked, int width) {
        return trial -> {
            Rows op = trial.backend().rows();
            int[] order = new RandomStream(rows, Purpose.TEST, 1, 0).permutation(rows);
            // The index may be longer than what is picked; the surplus must not be read.
            int[] index = Arrays.copyOf(order, picked + 2);
            index[picked] = -5;
            index[picked + 1] = Integer.MAX_VALUE;
            Tensor where = trial.ints("index", index, picked + 2);
            op.gather(trial.output("packed", picked, width), trial.input("all", rows, width), where);
            op.scatter(trial.changed("scattered", rows, width), trial.input("rows", picked, width), where);
        };
    }

    @Test
    void knownValues() {
        Trial.Result result = Trial.run(Backends.REFERENCE, trial -> {
            Rows op = trial.backend().rows();
            Tensor index = trial.ints("index", new int[] {2, 0}, 2);
            Tensor all = trial.input("all", new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
            op.gather(trial.output("packed", 2, 2), all, index);
            Tensor packed = trial.input("rows", new double[] {7, 8, 9, 10}, 2, 2);
            op.scatter(trial.changed("scattered", new double[6], 3, 2), packed, index);
        });
        assertArrayEquals(new double[] {5, 6, 1, 2}, result.values("packed"));
        assertArrayEquals(new double[] {9, 10, 0, 0, 7, 8}, result.values("scattered"));
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2]));
        }
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Rows op = trial.backend().rows();
            Tensor all = trial.input("all", 4, 5);
            Tensor packed = trial.input("packed", 3, 5);
            Tensor narrow = trial.input("narrow", 3, 4);
            Tensor index = trial.ints("index", new int[3], 3);
            Contract.rejects(() -> op.gather(narrow, all, index), "rows.gather", "packed", "(3, 4)", "(3, 5)");
            Contract.rejects(() -> op.scatter(all, narrow, index), "rows.scatter", "packed", "(3, 4)", "(3, 5)");
            Contract.rejects(() -> op.gather(packed, all, narrow), "rows.gather", "index", "F64", "I32");
            Contract.rejects(() -> op.gather(packed, all, index.slice(0, 2)), "rows.gather", "index", "(2)", "(3, 5)");
        });
    }
}
