package attmask.ops.reference;

import attmask.config.UserException;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;

/**
 * Memory of the reference backend: a byte buffer on the Java heap. The ops read whole tensors into {@code double[]},
 * compute, and write back, so that their loops show the formula and nothing else.
 */
final class HeapMemory implements Memory {
    private final ByteBuffer buffer;

    HeapMemory(long bytes) {
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new UserException("the reference backend holds at most 2 GB in one piece, " + bytes
                    + " bytes were asked for; use --device cpu, or a smaller model");
        }
        buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public long bytes() {
        return buffer.capacity();
    }

    @Override
    public Object handle(long offset, long bytes, DType type) {
        ByteBuffer slice = buffer.slice((int) offset, (int) bytes).order(ByteOrder.nativeOrder());
        return switch (type) {
            case F64 -> slice.asDoubleBuffer();
            case I32 -> slice.asIntBuffer();
            case U8 -> slice;
            case F32, BF16 -> throw none(type);
        };
    }

    @Override
    public void close() {
        // Left to the garbage collector.
    }

    static void zero(Tensor tensor) {
        int count = (int) tensor.count();
        switch (tensor.type()) {
            case F64 -> write(tensor, new double[count]);
            case I32 -> ((IntBuffer) tensor.handle()).put(0, new int[count]);
            case U8 -> ((ByteBuffer) tensor.handle()).put(0, new byte[count]);
            case F32, BF16 -> throw none(tensor.type());
        }
    }

    static void copy(Tensor to, Tensor from) {
        if (to.type() != from.type() || to.count() != from.count()) {
            throw new IllegalArgumentException("reference copy: " + to + " from " + from);
        }
        switch (to.type()) {
            case F64 -> write(to, read(from));
            case I32 -> ((IntBuffer) to.handle()).put(0, readInts(from));
            case U8 -> ((ByteBuffer) to.handle()).put(0, readBytes(from));
            case F32, BF16 -> throw none(to.type());
        }
    }

    private static IllegalArgumentException none(DType type) {
        return new IllegalArgumentException("the reference backend has no " + type + " tensors");
    }

    static double[] read(Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        ((DoubleBuffer) tensor.handle()).get(0, values);
        return values;
    }

    static void write(Tensor tensor, double[] values) {
        ((DoubleBuffer) tensor.handle()).put(0, values);
    }

    static int[] readInts(Tensor tensor) {
        int[] values = new int[(int) tensor.count()];
        ((IntBuffer) tensor.handle()).get(0, values);
        return values;
    }

    static byte[] readBytes(Tensor tensor) {
        byte[] values = new byte[(int) tensor.count()];
        ((ByteBuffer) tensor.handle()).get(0, values);
        return values;
    }
}
