package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.config.Precision;
import attmask.ops.Backend;
import attmask.ops.Linear;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Trial;
import attmask.testkit.Trial.Result;
import attmask.verify.Finding;
import attmask.verify.Verification;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of factors that are split into two bfloat16 numbers each. */
class CpuBf16x3Test {
    private static final int ALWAYS = 1;

    @BeforeAll
    static void needsTheUnits() {
        assumeTrue(CpuBackend.computes(Precision.BF16X3), "needs a processor with bfloat16 units");
    }

    private static Consumer<Trial> program(int rows, int inputs, int outputs) {
        return trial -> {
            Linear op = trial.backend().linear();
            Tensor x = trial.input("x", rows, inputs);
            Tensor weight = trial.input("weight", outputs, inputs);
            Tensor bias = trial.real("bias", outputs);
            op.forward(trial.sumsOf(inputs).output("y", rows, outputs), x, weight, bias);
            op.forward(trial.output("unbiased", rows, outputs), x, weight, null);
            Tensor hidden = trial.output("hidden", rows, outputs);
            op.forwardGelu(trial.output("gelu", rows, outputs), hidden, x, weight, bias);
            Tensor dy = trial.input("dy", rows, outputs);
            op.backwardInput(trial.sumsOf(outputs).output("dx", rows, inputs), dy, weight);
            Tensor dweight = trial.sumsOf(rows).output("dweight", outputs, inputs);
            trial.backend().zero(dweight);
            op.backwardWeight(dweight, null, dy, x);
            Tensor twice = trial.sumsOf(rows).output("twice", outputs, inputs);
            trial.backend().zero(twice);
            op.backwardWeight(twice, null, dy, x);
            op.backwardWeight(twice, null, dy, x);
            Tensor also = trial.sumsOf(rows).output("dweight with dx", outputs, inputs);
            Tensor dbias = trial.output("dbias", outputs);
            trial.backend().zero(also);
            trial.backend().zero(dbias);
            op.backward(trial.sumsOf(outputs).output("dx with dweight", rows, inputs), also, dbias, dy, x, weight);
            Tensor last = trial.output("dhidden", rows, inputs);
            trial.backend().copy(last, x);
            op.backwardGelu(last, also, dbias, dy, last, weight, x);
        };
    }

    /** Root of the mean square, relative to that of what is expected. */
    private static double error(Result actual, Result expected, String name) {
        double[] a = actual.values(name);
        double[] b = expected.values(name);
        double difference = IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .sum();
        return Math.sqrt(difference
                / IntStream.range(0, b.length).mapToDouble(i -> b[i] * b[i]).sum());
    }

    /** 16 bits of each factor count, in whole tiles and in parts of them, for any number of threads. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "31, 33, 7",
        "33, 31, 197",
        "256, 192, 768",
        "300, 768, 192",
        "270, 96, 1300",
        "70, 1500, 80",
        "600, 790, 400"
    })
    void sixteenBitsCount(int rows, int inputs, int outputs) {
        Consumer<Trial> program = program(rows, inputs, outputs);
        Result expected = Trial.run(Backends.REFERENCE, program);
        try (Backend two = new CpuBackend(2, Precision.BF16X3, ALWAYS);
                Backend three = new CpuBackend(3, Precision.BF16X3, ALWAYS)) {
            Result actual = Trial.run(two, program);
            Result twin = Trial.run(three, program);
            for (String name : actual.outputs().keySet()) {
                double error = error(actual, expected, name);
                // Each term is off by 2⁻¹⁶ at most, three times; without low parts it would be by some 2⁻⁹.
                assertTrue(error < 3 * 0x1p-16, () -> name + ": " + error);
                assertArrayEquals(actual.values(name), twin.values(name), "three threads: " + name);
            }
        }
    }

    /** More rows than are ready at a time, more outputs than inputs and fewer, one pass over dy and two. */
    @ParameterizedTest
    @CsvSource({"4200, 400, 640", "4200, 144, 300", "4200, 300, 144"})
    void gradientsOfManyRows(int rows, int inputs, int outputs) {
        Consumer<Trial> program = program(rows, inputs, outputs);
        try (Backend split = new CpuBackend(2, Precision.BF16X3);
                Backend three = new CpuBackend(3, Precision.BF16X3);
                Backend plain = new CpuBackend(2)) {
            Result actual = Trial.run(split, program);
            Result twin = Trial.run(three, program);
            Result expected = Trial.run(plain, program);
            for (String name : List.of("dweight", "twice", "dweight with dx", "dx with dweight", "dhidden")) {
                double error = error(actual, expected, name);
                assertTrue(error > 0 && error < 3 * 0x1p-16, () -> name + ": " + error);
                assertArrayEquals(actual.values(name), twin.values(name), "three threads: " + name);
            }
        }
    }

    /** What 16 bits hold exactly is multiplied exactly, but for low·low. */
    @ParameterizedTest
    @CsvSource({"1.000244140625, 1", "1, 1.000244140625", "3145984, 9.5367431640625E-7"})
    void bothLowPartsCount(float x, float weight) {
        int rows = 64;
        Arena arena = new Arena("test");
        Tensor left = arena.tensor(DType.F32, rows, 1);
        Tensor right = arena.tensor(DType.F32, 1, 1);
        Tensor y = arena.tensor(DType.F32, rows, 1);
        try (Backend cpu = new CpuBackend(1, Precision.BF16X3, ALWAYS);
                Arena memory = arena.allocate(cpu::allocate)) {
            float[] values = new float[rows];
            Arrays.fill(values, x);
            cpu.write(left, values, 0);
            cpu.write(right, new float[] {weight}, 0);
            cpu.linear().forward(y, left, right, null);
            cpu.read(y, values);
            for (float product : values) {
                assertEquals(x * weight, product, memory.name());
            }
        }
    }

    /** Few rows are not worth it: those are float32 products. */
    @Test
    void fewRowsAreNotSplit() {
        Consumer<Trial> program = program(CpuLinear.WORTH_SPLITTING - 1, 48, 64);
        try (Backend split = new CpuBackend(1, Precision.BF16X3);
                Backend plain = new CpuBackend(1)) {
            assertArrayEquals(
                    Trial.run(plain, program).values("y"),
                    Trial.run(split, program).values("y"));
        }
        Consumer<Trial> many = program(CpuLinear.WORTH_SPLITTING, 48, 64);
        try (Backend split = new CpuBackend(1, Precision.BF16X3);
                Backend plain = new CpuBackend(1)) {
            assertFalse(Arrays.equals(
                    Trial.run(plain, many).values("y"), Trial.run(split, many).values("y")));
        }
    }

    /** Held to float32's bounds, with every product split. */
    @Test
    void goldenCasesHold() {
        List<Finding> findings = new ArrayList<>();
        try (Backend cpu = new CpuBackend(2, Precision.BF16X3, ALWAYS)) {
            new Verification(cpu).bundled(findings::addAll);
        }
        assertEquals(List.of(), findings.stream().filter(f -> !f.passed()).toList());
    }
}
