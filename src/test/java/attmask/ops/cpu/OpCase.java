package attmask.ops.cpu;

import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One call of an op with named tensors, to be run on any backend from the same numbers. Every tensor lies between
 * canaries, so that a write outside it shows up as a difference of the whole.
 */
final class OpCase {
    private static final int CANARIES = 24;

    /** What to call, given the backend and the named tensors. */
    interface Call {
        void run(Backend backend, Map<String, Tensor> tensors);
    }

    private record Spec(int[] dims, double[] reals, int[] ints, byte[] bytes) {}

    private final String name;
    private final Call call;
    private final Map<String, Spec> specs = new LinkedHashMap<>();

    OpCase(String name, Call call) {
        this.name = name;
        this.call = call;
    }

    /** A tensor of floats from N(0, scale²), which every backend holds exactly. */
    OpCase reals(String tensor, double scale, int... dims) {
        RandomStream random = new RandomStream(tensor.hashCode(), Purpose.TEST, specs.size(), 0);
        double[] values = new double[count(dims) + 2 * CANARIES];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        specs.put(tensor, new Spec(dims, values, null, null));
        return this;
    }

    /** As {@link #reals}, all positive. */
    OpCase positive(String tensor, double scale, int... dims) {
        reals(tensor, scale, dims);
        double[] values = specs.get(tensor).reals;
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]) + (float) (0.1 * scale);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) values[i];
        }
        return this;
    }

    OpCase ints(String tensor, int[] values, int... dims) {
        specs.put(tensor, new Spec(dims, null, values, null));
        return this;
    }

    OpCase bytes(String tensor, byte[] values, int... dims) {
        specs.put(tensor, new Spec(dims, null, null, values));
        return this;
    }

    OpCase set(String tensor, int index, double value) {
        specs.get(tensor).reals[CANARIES + index] = value;
        return this;
    }

    private static int count(int... dims) {
        int count = 1;
        for (int dim : dims) {
            count *= dim;
        }
        return count;
    }

    /** Calls the op {@code times} times and returns every tensor, canaries included. */
    Map<String, double[]> run(Backend backend, int times) {
        Map<String, Tensor> whole = new LinkedHashMap<>();
        Map<String, Tensor> inner = new LinkedHashMap<>();
        try (Arena arena = new Arena(name)) {
            specs.forEach((tensor, spec) -> {
                if (spec.reals != null) {
                    Tensor all = arena.tensor(backend.real(), spec.reals.length);
                    whole.put(tensor, all);
                    inner.put(tensor, all.slice(CANARIES, count(spec.dims)).view(spec.dims));
                } else {
                    whole.put(tensor, arena.tensor(spec.ints != null ? DType.I32 : DType.U8, spec.dims));
                    inner.put(tensor, whole.get(tensor));
                }
            });
            arena.allocate(backend::allocate);
            whole.forEach((tensor, all) -> fill(backend, all, specs.get(tensor)));
            for (int i = 0; i < times; i++) {
                call.run(backend, inner);
            }
            Map<String, double[]> results = new LinkedHashMap<>();
            whole.forEach((tensor, all) -> results.put(tensor, values(backend, all)));
            return results;
        }
    }

    private static void fill(Backend backend, Tensor tensor, Spec spec) {
        if (spec.reals != null) {
            backend.write(tensor, spec.reals);
        } else if (spec.ints != null) {
            backend.write(tensor, spec.ints, spec.ints.length);
        } else {
            backend.write(tensor, spec.bytes);
        }
    }

    private static double[] values(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        if (tensor.type() == DType.I32) {
            int[] ints = new int[values.length];
            backend.read(tensor, ints);
            Arrays.setAll(values, i -> ints[i]);
        } else if (tensor.type() == DType.U8) {
            byte[] bytes = new byte[values.length];
            backend.read(tensor, bytes);
            Arrays.setAll(values, i -> bytes[i]);
        } else {
            backend.read(tensor, values);
        }
        return values;
    }

    @Override
    public String toString() {
        return name;
    }
}
