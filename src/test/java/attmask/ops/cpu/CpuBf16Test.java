package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.config.Precision;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.Linear;
import attmask.tensor.BFloat16;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import attmask.testkit.Trial.Result;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products whose factors are rounded to bfloat16, and nothing else. */
class CpuBf16Test {
    @BeforeAll
    static void needsTheUnits() {
        assumeTrue(CpuBackend.computes(Precision.BF16), "needs a processor with bfloat16 units");
    }

    private static Consumer<Trial> program(int rows, int inputs, int outputs) {
        return trial -> {
            Linear op = trial.backend().linear();
            Tensor x = trial.input("x", rows, inputs);
            Tensor weight = trial.input("weight", outputs, inputs);
            op.forward(trial.sumsOf(inputs).output("y", rows, outputs), x, weight, trial.real("bias", outputs));
            Tensor dy = trial.input("dy", rows, outputs);
            op.backwardInput(trial.sumsOf(outputs).output("dx", rows, inputs), dy, weight);
            Tensor dweight = trial.sumsOf(rows).accumulator("dweight", outputs, inputs);
            op.backwardWeight(dweight, trial.accumulator("dbias", outputs), dy, x);
        };
    }

    /** Factors that bfloat16 holds exactly give float32's results, for any number of threads. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "31, 33, 7", "33, 31, 197", "300, 192, 768", "1100, 768, 33"})
    void nothingButTheFactorsIsRounded(int rows, int inputs, int outputs) {
        Consumer<Trial> program = program(rows, inputs, outputs);
        Result expected = Trial.run(Backends.REFERENCE, DType.BF16, program);
        try (Backend two = new CpuBackend(2, Precision.BF16);
                Backend three = new CpuBackend(3, Precision.BF16)) {
            Result actual = Trial.run(two, DType.BF16, program);
            Result twin = Trial.run(three, DType.BF16, program);
            actual.outputs().forEach((name, output) -> {
                output.tolerance().check(name, expected.values(name), output.values());
                assertArrayEquals(output.values(), twin.values(name), "three threads: " + name);
            });
        }
    }

    @Test
    void factorsAreRounded() {
        Consumer<Trial> program = program(300, 192, 768);
        double[] exact = Trial.run(Backends.REFERENCE, program).values("y");
        try (Backend cpu = new CpuBackend(1, Precision.BF16)) {
            double[] rounded = Trial.run(cpu, program).values("y");
            // Two factors of each of 192 terms of order one; 6 for the largest of 230,400 sums of roundings.
            new Tolerance(6 * Math.sqrt(2 * 192) * BFloat16.ROUNDOFF, 0).check("y", exact, rounded);
            double worst = IntStream.range(0, exact.length)
                    .mapToDouble(i -> Math.abs(exact[i] - rounded[i]))
                    .max()
                    .orElseThrow();
            assertTrue(worst > BFloat16.ROUNDOFF, () -> "not rounded: " + worst);
        }
    }

    @Test
    void othersAreRefused() {
        UserException refused = assertThrows(UserException.class, () -> new CpuBackend(1, Precision.TF32).close());
        assertTrue(refused.getMessage().contains("tf32"), refused::getMessage);
    }
}
