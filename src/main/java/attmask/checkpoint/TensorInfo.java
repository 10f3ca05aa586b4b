package attmask.checkpoint;

import attmask.tensor.Shape;

/**
 * One tensor of a safetensors file.
 *
 * @param begin first byte, counted from the start of the data
 * @param end one past the last byte
 */
public record TensorInfo(String name, ElementType type, Shape shape, long begin, long end) {
    /** Size of the tensor in bytes. */
    public long bytes() {
        return end - begin;
    }
}
