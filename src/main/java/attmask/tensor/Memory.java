package attmask.tensor;

/** One allocation on a backend's device: what an {@link Arena} is carved from. */
public interface Memory extends AutoCloseable {
    long bytes();

    /**
     * The backend's own way to reach a range of this memory (an array slice, a native pointer, a device address). A
     * {@link Tensor} asks once and keeps the answer.
     */
    Object handle(long offset, long bytes, DType type);

    @Override
    void close();
}
