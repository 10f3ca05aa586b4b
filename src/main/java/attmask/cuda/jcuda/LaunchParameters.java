package attmask.cuda.jcuda;

import attmask.cuda.Args;
import java.nio.ByteBuffer;
import jcuda.Pointer;

/**
 * A kernel's arguments as the driver reads them: the values, and an array of pointers to them, both in one piece of
 * native memory that every launch writes anew. (Pointers made by JCuda for each argument cost thirty times as much.)
 */
final class LaunchParameters implements AutoCloseable {
    /** Where the array begins: after the values. */
    private static final int ARRAY = Args.MOST * Long.BYTES;

    private final HostMemory memory;
    private final Pointer array;
    private final ByteBuffer buffer;

    LaunchParameters() {
        memory = new HostMemory(ARRAY + Args.MOST * Long.BYTES);
        buffer = memory.buffer();
        array = memory.at(ARRAY);
    }

    /** The driver reads them before the launch returns. */
    Pointer of(Args args) {
        buffer.put(0, args.values(), 0, args.bytes());
        for (int i = 0; i < args.count(); i++) {
            buffer.putLong(ARRAY + i * Long.BYTES, memory.address() + args.offset(i));
        }
        return array;
    }

    @Override
    public void close() {
        memory.close();
    }
}
