package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.GradientCheck;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
    /** (B, T, H, E): awkward ones, a prime, 32-pixel crops, and ViT-Tiny on 224 pixels. */
    private static final int[][] SIZES = {
        {1, 1, 1, 1},
        {3, 2, 2, 3},
        {2, 31, 1, 5},
        {3, 33, 2, 7},
        {1, 101, 3, 4},
        {4, 65, 3, 8},
        {2, 17, 2, 32},
        {2, 35, 2, 48},
        {1, 40, 2, 126},
        {1, 33, 1, 128},
        {1, 197, 3, 64}
    };

    /**
     * Probabilities that are stored weigh v and dout, and out goes into the gradient's shift: errors of their size,
     * standard normal. AttentionBf16Test holds every element to its own bound.
     */
    private static final double STORED = 4;

    private static Consumer<Trial> program(int images, int tokens, int heads, int width) {
        return trial -> {
            Attention op = trial.backend().attention();
            Tensor qkv = trial.input("qkv", images * tokens, 3 * heads * width);
            // Scores of size √E by width-long sums, then sums over tokens weighted by probabilities.
            trial.sumsOf(width + tokens, 2).storedOnTheWay(STORED);
            Tensor out = trial.output("out", images * tokens, heads * width);
            Tensor logSumExp = trial.realOutput("log-sum-exp", images, heads, tokens);
            op.forward(out, logSumExp, qkv);
            Tensor dout = trial.input("dout", images * tokens, heads * width);
            Tensor dqkv = trial.output("dqkv", images * tokens, 3 * heads * width);
            trial.backward(() -> op.backward(dqkv, dout, qkv, out, logSumExp));
            op.probabilities(trial.realOutput("probabilities", images, heads, tokens, tokens), qkv, logSumExp);
        };
    }

    /** out = P·v by matrix algebra, P's rows exp(q·kᵀ/√E) over their sum. */
    @Test
    void equalsTheFormula() {
        int tokens = 5;
        int heads = 2;
        int width = 3;
        Trial.Result result = Trial.run(Backends.REFERENCE, program(1, tokens, heads, width));
        double[] qkv = result.inputs().get("qkv");
        Tolerance tolerance = Tolerance.of(DType.F64, tokens + width, 2);
        for (int h = 0; h < heads; h++) {
            RealMatrix q = head(qkv, tokens, 3 * heads * width, h * width, width);
            RealMatrix k = head(qkv, tokens, 3 * heads * width, (heads + h) * width, width);
            RealMatrix v = head(qkv, tokens, 3 * heads * width, (2 * heads + h) * width, width);
            RealMatrix p = q.multiply(k.transpose());
            for (int i = 0; i < tokens; i++) {
                double[] row = p.getRow(i);
                for (int j = 0; j < tokens; j++) {
                    row[j] = Math.exp(row[j] / Math.sqrt(width));
                }
                double sum = StatUtils.sum(row);
                p.setRowVector(
                        i, new Array2DRowRealMatrix(row).getColumnVector(0).mapDivide(sum));
                tolerance.check("log-sum-exp", Math.log(sum), result.values("log-sum-exp")[h * tokens + i]);
            }
            RealMatrix expected = p.multiply(v);
            RealMatrix out = head(result.values("out"), tokens, heads * width, h * width, width);
            RealMatrix saved = head(result.values("probabilities"), heads * tokens, tokens, 0, tokens);
            for (int i = 0; i < tokens; i++) {
                tolerance.check("head " + h, expected.getRow(i), out.getRow(i));
                tolerance.check("probabilities " + h, p.getRow(i), saved.getRow(h * tokens + i));
            }
        }
    }

    /** Columns {@code first} on, as many as {@code width}, of the rows of a packed matrix. */
    private static RealMatrix head(double[] packed, int rows, int stride, int first, int width) {
        RealMatrix matrix = new Array2DRowRealMatrix(rows, width);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < width; c++) {
                matrix.setEntry(r, c, packed[r * stride + first + c]);
            }
        }
        return matrix;
    }

    @Test
    void gradients() {
        GradientCheck.check(program(2, 4, 2, 3), "out", "qkv");
        GradientCheck.check(program(1, 1, 1, 2), "out", "qkv");
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgrees(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, program(size[0], size[1], size[2], size[3]));
        }
        Agreement.check(subject, program(0, 5, 3, 4));
    }

    /** As many tokens as 512 pixels have; once, for it takes its time. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void manyTokens(Subject subject) {
        int tokens = 1025;
        int width = 6;
        Consumer<Trial> program = trial -> {
            Attention op = trial.backend().attention();
            Tensor qkv = trial.input("qkv", tokens, 3 * width);
            trial.sumsOf(width + tokens, 2).storedOnTheWay(STORED);
            Tensor out = trial.output("out", tokens, width);
            Tensor logSumExp = trial.realOutput("log-sum-exp", 1, 1, tokens);
            op.forward(out, logSumExp, qkv);
            op.backward(
                    trial.output("dqkv", tokens, 3 * width), trial.input("dout", tokens, width), qkv, out, logSumExp);
        };
        Trial.Result expected = Trial.run(Backends.REFERENCE, subject.backend().activation(), program);
        Trial.run(subject.backend(), program).outputs().forEach((name, output) -> output.tolerance()
                .check(subject + ": " + name, expected.values(name), output.values()));
    }

    @Test
    void wrongShapes() {
        Trial.run(Backends.REFERENCE, trial -> {
            Attention op = trial.backend().attention();
            Tensor qkv = trial.input("qkv", 10, 24);
            Tensor out = trial.input("out", 10, 8);
            Tensor lse = trial.input("lse", 2, 4, 5);
            Tensor wrong = trial.input("wrong", 9, 8);
            String forward = "attention.forward";
            Contract.rejects(() -> op.forward(wrong, lse, qkv), forward, "out", "(9, 8)", "(10, 8)");
            Contract.rejects(
                    () -> op.forward(out, trial.input("lse2", 2, 4, 6), qkv), forward, "qkv", "(10, 24)", "(12, 24)");
            Contract.rejects(() -> op.forward(out, trial.input("lse3", 2, 3, 5), qkv), forward, "24", "3 heads");
            String backward = "attention.backward";
            Contract.rejects(() -> op.backward(wrong, out, qkv, out, lse), backward, "dqkv", "(9, 8)", "(10, 24)");
            Contract.rejects(() -> op.backward(qkv, wrong, qkv, out, lse), backward, "dout", "(9, 8)", "(10, 8)");
            Contract.rejects(
                    () -> op.probabilities(wrong, qkv, lse), "attention.probabilities", "(9, 8)", "(2, 4, 5, 5)");
        });
    }
}
