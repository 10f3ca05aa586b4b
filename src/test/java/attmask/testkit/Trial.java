package attmask.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.BFloat16;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One execution of an op on one backend. A test writes its op's forward and backward once, as a program over named
 * tensors; {@link GradientCheck} and {@link Agreement} run it as often as they need, with the inputs they need.
 *
 * <p>By convention the gradient of {@code x} is named {@code dx}. Inputs are standard normal numbers given by their
 * name, so every backend sees the same ones. Outputs start as NaN, so one that is not overwritten shows. All tensors
 * lie between guards, and inputs must come out unchanged.
 */
public final class Trial implements AutoCloseable {
    /**
     * An output after a run.
     *
     * @param accumulated true if the op adds to it
     * @param tolerance how exact it can be
     */
    public record Output(String name, boolean accumulated, double[] start, double[] values, Tolerance tolerance) {
        /** The op's part: what it wrote, or what it added. */
        double[] result() {
            double[] result = values.clone();
            if (accumulated) {
                Arrays.setAll(result, i -> values[i] - start[i]);
            }
            return result;
        }
    }

    /** What went in and what came out, by name, and whether {@link #backward} was part of it. */
    public record Result(Map<String, double[]> inputs, Map<String, Output> outputs, boolean hasBackward) {
        public double[] values(String output) {
            return outputs.get(output).values();
        }
    }

    private record Slot(String name, Canary canary, double[] start, boolean accumulated, Tolerance tolerance) {
        @Override
        public String toString() {
            return name + " " + canary.tensor().shape();
        }
    }

    private final Backend backend;
    private final DType precision;
    private final Map<String, double[]> given;
    private final int backwards;
    private final List<Slot> inputs = new ArrayList<>();
    private final List<Slot> outputs = new ArrayList<>();
    private boolean hasBackward;
    private int terms = 1;
    private double size = 1;
    private double rounded;

    private Trial(Backend backend, DType precision, Map<String, double[]> given, int backwards) {
        this.backend = backend;
        this.precision = precision;
        this.given = given;
        this.backwards = backwards;
    }

    /** Runs a program and hands back its outputs. */
    public static Result run(Backend backend, Consumer<Trial> program) {
        return run(backend, backend.activation(), program);
    }

    /** The same with activations that {@code precision} holds exactly, so that backends of other types see the same. */
    public static Result run(Backend backend, DType precision, Consumer<Trial> program) {
        return run(backend, precision, program, Map.of(), 1);
    }

    /**
     * The same with some inputs given, and with {@link #backward} executed more than once, or not at all.
     *
     * @param given values of inputs by name; others are drawn
     */
    static Result run(
            Backend backend, DType precision, Consumer<Trial> program, Map<String, double[]> given, int backwards) {
        try (Trial trial = new Trial(backend, precision, given, backwards)) {
            program.accept(trial);
            return trial.finish();
        }
    }

    public Backend backend() {
        return backend;
    }

    /** An activation of standard normal numbers that its type holds exactly. */
    public Tensor input(String name, int... dims) {
        return input(name, normal(name, Math.toIntExact(Shape.of(dims).count())), dims);
    }

    /** An activation of these numbers, rounded to its type. */
    public Tensor input(String name, double[] values, int... dims) {
        return input(name, backend.activation(), rounded(given.getOrDefault(name, values)), dims);
    }

    /** An input of real type: a parameter, a statistic; standard normal numbers that float32 holds exactly. */
    public Tensor real(String name, int... dims) {
        return real(name, normal(name, Math.toIntExact(Shape.of(dims).count())), dims);
    }

    /** An input of real type of these numbers. */
    public Tensor real(String name, double[] values, int... dims) {
        return input(name, backend.real(), given.getOrDefault(name, values), dims);
    }

    private double[] rounded(double[] values) {
        return precision != DType.BF16
                ? values
                : Arrays.stream(values)
                        .map(v -> BFloat16.value(BFloat16.bits((float) v)))
                        .toArray();
    }

    public Tensor ints(String name, int[] values, int... dims) {
        return input(name, DType.I32, Arrays.stream(values).asDoubleStream().toArray(), dims);
    }

    public Tensor bytes(String name, byte[] values, int... dims) {
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return input(name, DType.U8, numbers, dims);
    }

    private Tensor input(String name, DType type, double[] values, int... dims) {
        Slot slot = slot(name, type, values, false, dims);
        inputs.add(slot);
        return slot.canary().tensor();
    }

    /** Says of the outputs named from here on that their longest sum has this many terms of order one. */
    public Trial sumsOf(int terms) {
        return sumsOf(terms, 1);
    }

    /** The same with the terms' order of magnitude. */
    public Trial sumsOf(int terms, double size) {
        this.terms = terms;
        this.size = size;
        return this;
    }

    /** Says of the outputs named from here on that activations of this size were stored on the way to them. */
    public Trial storedOnTheWay(double size) {
        rounded = size;
        return this;
    }

    /** An activation that must be overwritten: it starts as NaN. */
    public Tensor output(String name, int... dims) {
        return output(name, backend.activation(), Double.NaN, dims);
    }

    /** The same of real type. */
    public Tensor realOutput(String name, int... dims) {
        return output(name, backend.real(), Double.NaN, dims);
    }

    /** An output of integers; it starts as −9. */
    public Tensor output(String name, DType type, int... dims) {
        return output(name, type, -9, dims);
    }

    private Tensor output(String name, DType type, double value, int... dims) {
        double[] start = new double[Math.toIntExact(Shape.of(dims).count())];
        Arrays.fill(start, value);
        return output(slot(name, type, start, false, dims));
    }

    /** An output of real type that is added to: it starts with drawn numbers. */
    public Tensor accumulator(String name, int... dims) {
        double[] start =
                normal("start of " + name, Math.toIntExact(Shape.of(dims).count()));
        return accumulator(name, start, dims);
    }

    /** The same from given numbers. */
    public Tensor accumulator(String name, double[] start, int... dims) {
        return output(slot(name, backend.real(), given.getOrDefault(name, start), true, dims));
    }

    /** An activation that is added to, or changed in part: it starts with drawn numbers. */
    public Tensor changed(String name, int... dims) {
        return changed(
                name, normal("start of " + name, Math.toIntExact(Shape.of(dims).count())), dims);
    }

    /** The same from given numbers. */
    public Tensor changed(String name, double[] start, int... dims) {
        return output(slot(name, backend.activation(), rounded(given.getOrDefault(name, start)), true, dims));
    }

    /** An input that the op may overwrite with an output. */
    public Tensor inPlace(String output, Tensor input) {
        Slot slot = inputs.stream()
                .filter(s -> s.canary().tensor() == input)
                .findFirst()
                .orElseThrow();
        inputs.remove(slot);
        return output(new Slot(output, slot.canary(), slot.start(), false, tolerance(backend.activation())));
    }

    /** The program's backward; some checks want it twice. */
    public void backward(Runnable backward) {
        hasBackward = true;
        for (int i = 0; i < backwards; i++) {
            backward.run();
        }
    }

    private Slot slot(String name, DType type, double[] start, boolean accumulated, int... dims) {
        Canary canary = new Canary(backend, type, dims);
        canary.write(start);
        return new Slot(name, canary, canary.read(), accumulated, tolerance(type));
    }

    private Tolerance tolerance(DType type) {
        Tolerance sums = Tolerance.of(type, terms, size);
        double roundoff = precision == DType.BF16 ? Tolerance.BF16_ROUNDOFF : 0;
        return new Tolerance(sums.absolute() + roundoff * rounded, sums.relative());
    }

    private Tensor output(Slot slot) {
        outputs.add(slot);
        return slot.canary().tensor();
    }

    private Result finish() {
        Map<String, double[]> in = new LinkedHashMap<>();
        for (Slot slot : inputs) {
            assertTrue(slot.canary().alive(), backend.name() + " wrote outside input " + slot);
            assertArrayEquals(slot.start(), slot.canary().read(), backend.name() + " changed input " + slot);
            in.put(slot.name(), slot.start());
        }
        Map<String, Output> out = new LinkedHashMap<>();
        for (Slot slot : outputs) {
            assertTrue(slot.canary().alive(), backend.name() + " wrote outside output " + slot);
            double[] values = slot.canary().read();
            out.put(
                    slot.name(),
                    new Output(slot.toString(), slot.accumulated(), slot.start(), values, slot.tolerance()));
        }
        return new Result(in, out, hasBackward);
    }

    /** Standard normal numbers, rounded to float32. */
    public static double[] normal(String name, int count) {
        RandomStream random = new RandomStream(name.hashCode(), Purpose.TEST, 0, 0);
        double[] values = new double[count];
        Arrays.setAll(values, i -> (float) random.nextGaussian());
        return values;
    }

    @Override
    public void close() {
        inputs.forEach(slot -> slot.canary().close());
        outputs.forEach(slot -> slot.canary().close());
    }
}
