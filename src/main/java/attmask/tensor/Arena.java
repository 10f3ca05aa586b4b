package attmask.tensor;

import java.util.function.LongFunction;

/**
 * Memory for tensors that live and die together. Tensors are planned first, then allocated in one piece, so that the
 * size is known, and can be shown, before anything is taken.
 */
public final class Arena implements AutoCloseable {
    /** Every tensor starts on a cache line, which is also what wide vector loads and 16-byte device loads want. */
    public static final int ALIGNMENT = 64;

    private final String name;
    private long bytes;
    private Memory memory;

    public Arena(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    /** Plans a tensor, zero at first. */
    public Tensor tensor(DType type, int... dims) {
        if (memory != null) {
            throw new IllegalStateException("arena '" + name + "' is already allocated");
        }
        Shape shape = Shape.of(dims);
        Tensor tensor = new Tensor(this, bytes, type, shape);
        long size = shape.count() * type.bytes();
        bytes += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return tensor;
    }

    /** Bytes planned so far. */
    public long bytes() {
        return bytes;
    }

    /** Takes the planned memory, zeroed, from a backend. */
    public Arena allocate(LongFunction<? extends Memory> allocator) {
        if (memory != null) {
            throw new IllegalStateException("arena '" + name + "' is already allocated");
        }
        memory = allocator.apply(Math.max(bytes, ALIGNMENT));
        return this;
    }

    Memory memory() {
        if (memory == null) {
            throw new IllegalStateException("arena '" + name + "' is planned but not allocated");
        }
        return memory;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
        }
    }
}
