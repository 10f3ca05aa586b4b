package attmask.testkit;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;
import java.util.Arrays;

/**
 * A tensor with a guard right before its first and right behind its last element. An op that writes outside kills the
 * canary: the guards' pattern must be there at the end.
 */
final class Canary implements AutoCloseable {
    /** Elements of a guard; a multiple of 64 bytes for every type, so that the tensor is aligned as any other. */
    private static final int GUARD = 64;

    private static final double PATTERN = 77;

    private final Backend backend;
    private final Arena arena = new Arena("canary");
    private final Tensor before;
    private final Tensor tensor;
    private final Tensor after;

    Canary(Backend backend, DType type, int... dims) {
        this.backend = backend;
        int count = Math.toIntExact(Shape.of(dims).count());
        Tensor flat = arena.tensor(type, GUARD + count + GUARD);
        before = flat.slice(0, GUARD);
        tensor = flat.slice(GUARD, count).view(dims);
        after = flat.slice(GUARD + count, GUARD);
        arena.allocate(backend::allocate);
        write(before, pattern());
        write(after, pattern());
    }

    private static double[] pattern() {
        double[] pattern = new double[GUARD];
        Arrays.fill(pattern, PATTERN);
        return pattern;
    }

    Tensor tensor() {
        return tensor;
    }

    boolean alive() {
        return Arrays.equals(read(before), pattern()) && Arrays.equals(read(after), pattern());
    }

    void write(double[] values) {
        write(tensor, values);
    }

    double[] read() {
        return read(tensor);
    }

    private void write(Tensor target, double[] values) {
        switch (target.type()) {
            case I32 ->
                backend.write(
                        target, Arrays.stream(values).mapToInt(v -> (int) v).toArray(), values.length);
            case U8 -> {
                byte[] bytes = new byte[values.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) values[i];
                }
                backend.write(target, bytes);
            }
            default -> backend.write(target, values);
        }
    }

    private double[] read(Tensor source) {
        double[] values = new double[Math.toIntExact(source.count())];
        switch (source.type()) {
            case I32 -> {
                int[] ints = new int[values.length];
                backend.read(source, ints);
                Arrays.setAll(values, i -> ints[i]);
            }
            case U8 -> {
                byte[] bytes = new byte[values.length];
                backend.read(source, bytes);
                Arrays.setAll(values, i -> bytes[i]);
            }
            default -> backend.read(source, values);
        }
        return values;
    }

    @Override
    public void close() {
        arena.close();
    }
}
