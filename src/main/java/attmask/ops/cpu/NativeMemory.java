package attmask.ops.cpu;

import attmask.config.UserException;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Zeroed memory outside the Java heap, aligned to {@link Arena#ALIGNMENT}. Not to be used after {@link #close}. */
final class NativeMemory implements Memory {
    private static final AtomicLong TAKEN = new AtomicLong();

    private final long bytes;
    private final long address;
    private Pointer block;

    /** @throws UserException if the machine has not that much memory */
    NativeMemory(long bytes) {
        long total = Pointer.totalPhysicalBytes();
        // The system hands out zeroed pages on first use, so an impossible request would only fail in mid-step.
        if (TAKEN.addAndGet(bytes) > total) {
            throw refused(bytes, total);
        }
        block = Pointer.calloc(1, bytes + Arena.ALIGNMENT);
        if (block == null || block.isNull()) {
            throw refused(bytes, total);
        }
        this.bytes = bytes;
        this.address = (block.address() + Arena.ALIGNMENT - 1) / Arena.ALIGNMENT * Arena.ALIGNMENT;
    }

    private static UserException refused(long bytes, long total) {
        long others = TAKEN.addAndGet(-bytes);
        return new UserException(String.format(
                Locale.ROOT,
                "not enough memory: %.2f GB asked for with %.2f GB in use, and the machine has %.2f GB;"
                        + " take a smaller batch or a smaller model",
                bytes / 1e9,
                others / 1e9,
                total / 1e9));
    }

    /** This, if it is large enough; otherwise it is closed and another is taken, without what it held. */
    NativeMemory atLeast(long size) {
        if (bytes >= size) {
            return this;
        }
        close();
        return new NativeMemory(size);
    }

    /** Address of the first byte. */
    long address() {
        return address;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** {@link Floats} for F32, an {@code IntBuffer} for I32, a {@code ByteBuffer} for U8. */
    @Override
    public Object handle(long offset, long length, DType type) {
        if (block == null) {
            throw new IllegalStateException("memory used after it was freed");
        }
        if (offset < 0 || offset + length > bytes) {
            throw new IllegalArgumentException("[" + offset + ", +" + length + ") is outside " + bytes + " bytes");
        }
        return switch (type) {
            case F32 -> new Floats(address + offset, length / Float.BYTES);
            case I32 -> buffer(address + offset, length).asIntBuffer();
            case U8 -> buffer(address + offset, length);
            case F64, BF16 ->
                throw new IllegalArgumentException("the cpu backend computes in F32, it has no " + type + " tensors");
        };
    }

    /** A buffer on {@code length} bytes at {@code address}, which stays valid as long as the memory does. */
    static ByteBuffer buffer(long address, long length) {
        if (length == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());
        }
        return new Range(address, length).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        if (block != null) {
            Pointer.free(block);
            block = null;
            TAKEN.addAndGet(-bytes);
        }
    }

    /** {@code bytes} bytes at {@code address} ← 0. */
    static void zero(long address, long bytes) {
        Pointer.memset(new Range(address, bytes), 0, bytes);
    }

    /** A char* to a range that someone else owns. */
    static final class Range extends BytePointer {
        Range(long address, long length) {
            super((Pointer) null);
            this.address = address;
            this.limit = length;
            this.capacity = length;
        }
    }
}
