package attmask.report.tensorboard;

import attmask.file.NewFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * An event file: records of length, checksum of the length, message, checksum of the message (TensorFlow's
 * record_writer). Each is written at once, so one that was cut off is the file's last, and readers wait for its rest.
 */
final class EventFile implements Closeable {
    private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10})\\..*");
    private static final int FRAME = Long.BYTES + 2 * Integer.BYTES;

    /** So that the checksum of bytes which hold checksums is none of a special form. */
    private static final int MASK = 0xa282ead8;

    private final Path file;
    private final OutputStream out;

    private EventFile(Path file) throws IOException {
        this.file = file;
        out = NewFile.at(file);
    }

    /**
     * A new file, read after those that a folder has already: readers go by the names, which begin with the time.
     *
     * @param seconds since 1970
     */
    static EventFile create(Path folder, double seconds) throws IOException {
        OptionalLong last = last(folder);
        long time = last.isPresent() ? Math.max((long) seconds, last.getAsLong() + 1) : (long) seconds;
        Path file = folder.resolve(String.format(Locale.ROOT, "events.out.tfevents.%010d.attmask-jcuda", time));
        return new EventFile(file);
    }

    /** The time in the name of a folder's last event file, if it has any. */
    static OptionalLong last(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> NAME.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max();
        }
    }

    void add(byte[] message) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(FRAME + message.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(message.length);
        record.putInt(checksum(record.array(), Long.BYTES));
        record.put(message);
        record.putInt(checksum(message, message.length));
        out.write(record.array());
    }

    private static int checksum(byte[] bytes, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, count);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Takes it back. */
    void delete() throws IOException {
        out.close();
        Files.deleteIfExists(file);
    }
}
