package attmask.checkpoint;

import attmask.tensor.Shape;

/** A tensor in a file, read when asked for, so that a large file is never in the heap as a whole. */
public interface StoredTensor {
    ElementType type();

    Shape shape();

    /** All elements as floats, row-major; doubles and long integers are rounded. */
    float[] floats();

    /** All elements as doubles, row-major. */
    double[] doubles();
}
