package attmask.nn;

import attmask.ops.Segment;
import attmask.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The learned tensors of a network and their places in one flat tensor. */
public final class ParameterLayout {
    /** Parameters start on multiples of this many elements, so that wide loads are aligned for any element type. */
    private static final int ALIGNMENT = 32;

    private final List<Parameter> parameters = new ArrayList<>();
    private int elements;

    ParameterLayout() {}

    void add(String name, Initialization initialization, int... dims) {
        add(name, initialization, true, dims);
    }

    void add(String name, Initialization initialization, boolean trained, int... dims) {
        Shape shape = Shape.of(dims);
        Segment segment = new Segment(elements, Math.toIntExact(shape.count()));
        parameters.add(new Parameter(name, shape, segment, initialization, trained));
        elements = Math.addExact(elements, (segment.length() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    void linear(String name, int outputs, int inputs) {
        add(name + ".weight", new Initialization.TruncatedNormal(), outputs, inputs);
        add(name + ".bias", new Initialization.Constant(0), outputs);
    }

    void norm(String name, int width) {
        add(name + ".weight", new Initialization.Constant(1), width);
        add(name + ".bias", new Initialization.Constant(0), width);
    }

    public List<Parameter> parameters() {
        return Collections.unmodifiableList(parameters);
    }

    /** Elements of the flat tensor, padding included. */
    public int elements() {
        return elements;
    }

    /** Numbers that are learned, padding and constants left out. */
    public long trainedCount() {
        return parameters.stream()
                .filter(Parameter::trained)
                .mapToLong(p -> p.segment().length())
                .sum();
    }

    /** The same places for the parameters of {@code shorter}; true if this layout merely continues it. */
    public boolean continues(ParameterLayout shorter) {
        return parameters.size() >= shorter.parameters.size()
                && parameters.subList(0, shorter.parameters.size()).equals(shorter.parameters);
    }
}
