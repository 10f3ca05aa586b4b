package attmask.nn;

import attmask.ops.Backend;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** One value for each parameter of a layout, in one flat tensor: weights, gradients or an optimiser's moments. */
public final class Parameters {
    private final ParameterLayout layout;
    private final Tensor flat;
    private final Map<String, Tensor> byName = new LinkedHashMap<>();

    public Parameters(ParameterLayout layout, Arena arena, Backend backend) {
        this(layout, arena, backend.real());
    }

    Parameters(ParameterLayout layout, Arena arena, DType type) {
        this.layout = layout;
        flat = arena.tensor(type, layout.elements());
        for (Parameter parameter : layout.parameters()) {
            int[] dims = new int[parameter.shape().rank()];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = parameter.shape().dim(i);
            }
            Tensor place =
                    flat.slice(parameter.segment().offset(), parameter.segment().length());
            byName.put(parameter.name(), place.view(dims));
        }
    }

    public ParameterLayout layout() {
        return layout;
    }

    public Tensor flat() {
        return flat;
    }

    boolean has(String name) {
        return byName.containsKey(name);
    }

    /** @throws IllegalArgumentException if the layout has no such parameter */
    public Tensor get(String name) {
        Tensor tensor = byName.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no parameter " + name);
        }
        return tensor;
    }

    /** Draws every parameter's start; each has its own stream, so a change of one leaves the others as they were. */
    public void initialize(Backend backend, long seed) {
        int index = 0;
        for (Parameter parameter : layout.parameters()) {
            RandomStream random = new RandomStream(seed, Purpose.INIT, index++, 0);
            backend.write(
                    get(parameter.name()),
                    parameter.initialization().draw(parameter.segment().length(), random),
                    0);
        }
    }
}
