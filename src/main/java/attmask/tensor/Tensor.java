package attmask.tensor;

/**
 * A dense row-major array in an {@link Arena}: where it starts, its element type and its shape. It holds no numbers
 * itself; a backend reads and writes them.
 */
public final class Tensor {
    private final Arena arena;
    private final long offset;
    private final DType type;
    private final Shape shape;
    private Object handle;

    Tensor(Arena arena, long offset, DType type, Shape shape) {
        this.arena = arena;
        this.offset = offset;
        this.type = type;
        this.shape = shape;
    }

    public DType type() {
        return type;
    }

    public Shape shape() {
        return shape;
    }

    /** Size of dimension {@code i}; negative {@code i} counts from the end. */
    public int dim(int i) {
        return shape.dim(i);
    }

    /** Number of elements. */
    public long count() {
        return shape.count();
    }

    /** Number of rows when the last dimension is taken as the row. */
    public int rowCount() {
        long width = shape.dim(-1);
        return width == 0 ? 0 : Math.toIntExact(count() / width);
    }

    /** The same elements under another shape. */
    public Tensor view(int... dims) {
        Shape other = Shape.of(dims);
        if (other.count() != count()) {
            throw new IllegalArgumentException("cannot view " + shape + " as " + other);
        }
        return new Tensor(arena, offset, type, other);
    }

    /** Elements {@code from .. from+length-1} of the flattened tensor, as a vector. */
    public Tensor slice(long from, int length) {
        if (from < 0 || length < 0 || from > count() - length) {
            throw new IllegalArgumentException("slice [" + from + ", +" + length + ") outside " + shape);
        }
        return new Tensor(arena, offset + from * type.bytes(), type, Shape.of(length));
    }

    /** Entries {@code from .. from+length-1} along the first dimension. */
    public Tensor rows(int from, int length) {
        if (from < 0 || length < 0 || from > shape.dim(0) - length) {
            throw new IllegalArgumentException("rows [" + from + ", +" + length + ") outside " + shape);
        }
        int[] dims = new int[shape.rank()];
        dims[0] = length;
        long stride = type.bytes();
        for (int i = 1; i < dims.length; i++) {
            dims[i] = shape.dim(i);
            stride *= dims[i];
        }
        return new Tensor(arena, offset + from * stride, type, Shape.of(dims));
    }

    /** How the owning backend reaches the elements; asked of the {@link Memory} once. */
    public Object handle() {
        if (handle == null) {
            handle = arena.memory().handle(offset, count() * type.bytes(), type);
        }
        return handle;
    }

    @Override
    public String toString() {
        return type + " " + shape + " in " + arena.name();
    }
}
