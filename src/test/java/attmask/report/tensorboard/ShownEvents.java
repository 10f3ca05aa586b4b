package attmask.report.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

/**
 * What TensorBoard shows of a folder: reads TFRecords by their specification and the messages by TensorFlow's own
 * classes. Files are read by name; a session's start in a later one takes back its step and those after it (TensorBoard
 * 2.x, plugin_event_accumulator.py).
 */
public final class ShownEvents {
    private final Map<String, SortedMap<Long, Summary.Value>> values = new HashMap<>();
    private final List<Double> times = new ArrayList<>();
    private boolean started;

    /** Reads a run's folder. */
    public ShownEvents(Path folder) throws IOException {
        for (Path file : files(folder)) {
            List<Event> events = events(Files.readAllBytes(file));
            assertTrue(!events.isEmpty() && events.get(0).getFileVersion().equals("brain.Event:2"), file.toString());
            events.forEach(this::show);
        }
    }

    /** A folder's event files as TensorBoard reads them. */
    public static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().contains("tfevents"))
                    .sorted()
                    .toList();
        }
    }

    private void show(Event event) {
        times.add(event.getWallTime());
        if (event.getSessionLog().getStatus() == SessionLog.SessionStatus.START) {
            if (started) {
                values.values()
                        .forEach(series -> series.tailMap(event.getStep()).clear());
            }
            started = true;
        }
        for (Summary.Value value : event.getSummary().getValueList()) {
            Summary.Value before = values.computeIfAbsent(value.getTag(), tag -> new TreeMap<>())
                    .put(event.getStep(), value);
            assertEquals(null, before, "twice at step " + event.getStep());
        }
    }

    /** The messages of a file; of a record that is cut off, nothing. */
    static List<Event> events(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.remaining() >= 12) {
            int start = in.position();
            long length = in.getLong();
            assertEquals(masked(file, start, 8), in.getInt(), "checksum of the length at " + start);
            if (in.remaining() < length + 4) {
                break;
            }
            byte[] message = new byte[(int) length];
            in.get(message);
            assertEquals(masked(message, 0, message.length), in.getInt(), "checksum of the message at " + start);
            events.add(Event.parseFrom(message));
        }
        return events;
    }

    private static int masked(byte[] bytes, int start, int length) {
        int crc = crc32c(bytes, start, length);
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    /** Castagnoli's, bit by bit. */
    static int crc32c(byte[] bytes, int start, int length) {
        int crc = -1;
        for (int i = start; i < start + length; i++) {
            crc ^= bytes[i] & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
            }
        }
        return ~crc;
    }

    /** The curve of a tag, by step. */
    public SortedMap<Long, Double> curve(String tag) {
        SortedMap<Long, Double> curve = new TreeMap<>();
        series(tag).forEach((step, value) -> {
            assertEquals(Summary.Value.ValueCase.SIMPLE_VALUE, value.getValueCase(), tag);
            curve.put(step, (double) value.getSimpleValue());
        });
        return curve;
    }

    /** A tag's values, by step. */
    public SortedMap<Long, Summary.Value> series(String tag) {
        return values.getOrDefault(tag, new TreeMap<>());
    }

    /** A text of step 0, or another. */
    String text(String tag, long step) {
        Summary.Value value = series(tag).get(step);
        assertEquals("text", value.getMetadata().getPluginData().getPluginName());
        assertEquals(0, value.getTensor().getTensorShape().getDimCount());
        return value.getTensor().getStringVal(0).toStringUtf8();
    }

    /** All tags. */
    public List<String> tags() {
        return values.keySet().stream().sorted().toList();
    }

    List<Double> times() {
        return times;
    }
}
