package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import attmask.checkpoint.StoredTensor;
import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor of a PyTorch file: a view of a storage. It has at most as many elements as its storage. */
final class TorchTensor implements StoredTensor {
    private static final int CHUNK = 1 << 20;
    private static final int MOST_DIMENSIONS = 8;

    private final TorchStorage storage;
    private final long offset;
    private final Shape shape;
    private final long[] strides;
    private final boolean contiguous;

    private TorchTensor(TorchStorage storage, long offset, Shape shape, long[] strides) {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        contiguous = isContiguous(shape, strides);
    }

    /**
     * A view of a storage.
     *
     * @param strides in elements
     * @throws IllegalArgumentException if it reaches outside of the storage, or repeats elements
     */
    static TorchTensor of(TorchStorage storage, long offset, long[] sizes, long[] strides) {
        if (sizes.length != strides.length || sizes.length > MOST_DIMENSIONS) {
            throw new IllegalArgumentException(
                    "a tensor in it has " + sizes.length + " sizes and " + strides.length + " strides");
        }
        int[] dims = new int[sizes.length];
        long count = 1;
        long last = offset;
        try {
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Math.toIntExact(sizes[i]);
                count = Math.multiplyExact(count, sizes[i]);
                last = Math.addExact(last, Math.multiplyExact(sizes[i] - 1, strides[i]));
                if (sizes[i] < 0 || strides[i] < 0) {
                    throw new IllegalArgumentException("a tensor in it has a negative size");
                }
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("a tensor in it has an impossible size", e);
        }
        boolean inside = offset >= 0 && (count == 0 || last < storage.count()) && count <= storage.count();
        if (!inside || count > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a tensor of " + count + " elements does not fit its storage of " + storage.count());
        }
        return new TorchTensor(storage, offset, Shape.of(dims), strides.clone());
    }

    private static boolean isContiguous(Shape shape, long[] strides) {
        long expected = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            if (shape.dim(i) != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape.dim(i);
        }
        return true;
    }

    @Override
    public ElementType type() {
        return storage.type();
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public float[] floats() {
        float[] values = new float[(int) shape.count()];
        each((index, value) -> values[index] = (float) value);
        return values;
    }

    @Override
    public double[] doubles() {
        double[] values = new double[(int) shape.count()];
        each((index, value) -> values[index] = value);
        return values;
    }

    private interface Consumer {
        void accept(int index, double value);
    }

    /** Elements in row-major order: read as they lie, or gathered from the part of the storage that holds them. */
    private void each(Consumer consumer) {
        int count = (int) shape.count();
        if (contiguous) {
            read(offset, count, consumer);
            return;
        }
        double[] span = new double[Math.toIntExact(count == 0 ? 0 : at(count - 1) - offset + 1)];
        read(offset, span.length, (index, value) -> span[index] = value);
        for (int i = 0; i < count; i++) {
            consumer.accept(i, span[(int) (at(i) - offset)]);
        }
    }

    /** Place in the storage of the element at a row-major index. */
    private long at(int index) {
        long place = offset;
        int rest = index;
        for (int i = strides.length - 1; i >= 0; i--) {
            place += rest % shape.dim(i) * strides[i];
            rest /= shape.dim(i);
        }
        return place;
    }

    private void read(long from, int count, Consumer consumer) {
        int bytes = storage.type().bytes();
        try {
            for (int done = 0, chunk; done < count; done += chunk) {
                chunk = Math.min(CHUNK / bytes, count - done);
                ByteBuffer data = ByteBuffer.allocate(chunk * bytes).order(ByteOrder.LITTLE_ENDIAN);
                storage.source().read(storage.key(), (from + done) * bytes, data);
                data.flip();
                for (int i = 0; i < chunk; i++) {
                    consumer.accept(done + i, storage.type().nextDouble(data));
                }
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot read a tensor of " + storage.source().file() + ": " + FileProblem.reason(e), e);
        }
    }
}
