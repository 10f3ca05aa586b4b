package attmask.fuzz;

import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A parser, to be given any bytes. Whatever they are, it reads them or refuses them with a documented exception, and
 * {@link Guard} holds it to that.
 */
public interface FuzzTarget {
    /** Inputs to start from, small and valid. */
    List<byte[]> seeds() throws IOException;

    /** The files of an input, by name; none for what is read from memory. */
    default Map<String, byte[]> files(byte[] input) {
        return Map.of();
    }

    /**
     * Reads an input as the program does.
     *
     * @param folder holds {@link #files} and nothing else
     */
    void read(byte[] input, Path folder) throws Exception;

    /** What {@link #read} may throw. */
    default Set<Class<? extends Exception>> refusals() {
        return Set.of(UserException.class);
    }

    /** How many bytes a reading may take from the heap altogether, of an input of so many bytes. */
    default long mostBytes(int length) {
        return (16L << 20) + 256L * length;
    }
}
