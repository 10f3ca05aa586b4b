package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;

/** Checks that open every op's public method; the message names op, tensor and both shapes. */
final class Require {
    private Require() {}

    static void shape(String op, String name, Tensor tensor, int... dims) {
        if (!tensor.shape().is(dims)) {
            throw new IllegalArgumentException(
                    op + ": " + name + " has shape " + tensor.shape() + ", needs " + Shape.of(dims));
        }
    }

    /** The tensor seen as rows of its last dimension must be (rows, width); leading dimensions are free. */
    static void rows(String op, String name, Tensor tensor, int rows, int width) {
        if (tensor.dim(-1) != width || tensor.count() != (long) rows * width) {
            throw new IllegalArgumentException(
                    op + ": " + name + " has shape " + tensor.shape() + ", needs rows of " + Shape.of(rows, width));
        }
    }

    static void count(String op, String name, Tensor tensor, long count) {
        if (tensor.count() != count) {
            throw new IllegalArgumentException(
                    op + ": " + name + " has shape " + tensor.shape() + ", needs " + count + " elements");
        }
    }

    static void type(String op, String name, Tensor tensor, DType type) {
        if (tensor.type() != type) {
            throw new IllegalArgumentException(op + ": " + name + " is " + tensor.type() + ", needs " + type);
        }
    }

    static void alike(String op, String name, Tensor tensor, Tensor other) {
        type(op, name, tensor, other.type());
    }

    static void that(boolean condition, String op, String message) {
        if (!condition) {
            throw new IllegalArgumentException(op + ": " + message);
        }
    }
}
