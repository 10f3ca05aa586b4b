package attmask.checkpoint.exchange;

import attmask.checkpoint.ElementType;
import attmask.checkpoint.StoredTensor;
import attmask.tensor.Shape;

/** The same elements under another shape. */
record ReshapedTensor(StoredTensor tensor, Shape shape) implements StoredTensor {
    ReshapedTensor {
        if (shape.count() != tensor.shape().count()) {
            throw new IllegalArgumentException("cannot view " + tensor.shape() + " as " + shape);
        }
    }

    @Override
    public ElementType type() {
        return tensor.type();
    }

    @Override
    public float[] floats() {
        return tensor.floats();
    }

    @Override
    public double[] doubles() {
        return tensor.doubles();
    }
}
