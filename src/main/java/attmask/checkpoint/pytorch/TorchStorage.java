package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The numbers that one or more tensors are views of.
 *
 * @param key its name in the file
 * @param count elements; the file has been seen to hold, or is seen before any is read to hold, as many
 */
record TorchStorage(String key, ElementType type, long count, Source source) {
    /** Where the bytes are. */
    interface Source {
        /** Fills {@code into} with the bytes of a storage from {@code offset} on. */
        void read(String key, long offset, ByteBuffer into) throws IOException;

        /** What messages call the file. */
        String file();
    }
}
