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
            case F32 -> slice.asFloatBuffer();
            case I32 -> slice.asIntBuffer();
            case U8 -> slice;
        };
    }

    @Override
    public void close() {
        // Left to the garbage collector.
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
