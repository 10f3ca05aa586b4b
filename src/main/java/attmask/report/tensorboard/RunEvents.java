package attmask.report.tensorboard;

import attmask.report.Run;
import attmask.report.RunLog;
import attmask.report.RunLog.Entry;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Makes an event file in a run's folder from what is in it: settings, log and pictures of masks. It follows the log, so
 * it serves runs that train and runs of long ago, and the run itself knows nothing of it.
 */
public final class RunEvents implements Closeable {
    private final Path folder;
    private final Path log;
    private final DoubleSupplier seconds;
    private final EventFile file;
    /** Bytes of the log that were looked at. */
    private long read;

    private RunEvents(Path folder, DoubleSupplier seconds) throws IOException {
        this.folder = folder;
        this.seconds = seconds;
        log = folder.resolve("log.jsonl");
        file = EventFile.create(folder, seconds.getAsDouble());
    }

    /** Whether a run has event files, of whatever program. */
    public static boolean areAt(Path folder) throws IOException {
        return EventFile.last(folder).isPresent();
    }

    /**
     * Shows a run from its beginning; what earlier event files of the folder say holds no more.
     *
     * @param seconds the time since 1970, asked for each event
     * @throws IOException if the file cannot be written, for instance because the disk is full
     */
    public static RunEvents ofAll(Path folder, DoubleSupplier seconds) throws IOException {
        return new RunEvents(folder, seconds).beginning(events -> {
            events.begin(0);
            events.settings();
            events.picture(0, 0);
            events.update();
        });
    }

    /**
     * Goes on with a run that was continued: what the log has is in earlier files if there are any, and what they have
     * beyond it, from steps that were done but not kept, holds no more.
     *
     * @param seconds the time since 1970, asked for each event
     * @throws IOException as {@link #ofAll}
     */
    public static RunEvents ofRest(Path folder, DoubleSupplier seconds) throws IOException {
        if (!areAt(folder)) {
            return ofAll(folder, seconds);
        }
        return new RunEvents(folder, seconds).beginning(events -> {
            int last = events.lines().stream().mapToInt(Entry::step).max().orElse(-1);
            events.begin(last + 1);
        });
    }

    /** What a file begins with. */
    private interface Beginning {
        void of(RunEvents events) throws IOException;
    }

    /** With its beginning; without, the file is taken back, and what earlier ones say holds. */
    private RunEvents beginning(Beginning beginning) throws IOException {
        try {
            beginning.of(this);
            return this;
        } catch (IOException | RuntimeException e) {
            file.delete();
            throw e;
        }
    }

    /** Readers forget only if a file says of which version it is. */
    private void begin(int step) throws IOException {
        file.add(Message.version(seconds.getAsDouble()));
        file.add(Message.start(seconds.getAsDouble(), step));
    }

    private void settings() throws IOException {
        Map<String, String> settings = Run.read(folder, "", 0).flatSettings();
        if (!settings.isEmpty()) {
            StringBuilder table = new StringBuilder("| setting | value |\n|---|---|\n");
            settings.forEach((path, value) -> table.append("| ")
                    .append(path)
                    .append(" | ")
                    .append(value.replace("|", "\\|"))
                    .append(" |\n"));
            add(0, List.of(new Value.Text("settings", table.toString())));
        }
    }

    /** Takes over what the log has gained; does nothing if that is nothing. */
    public void update() throws IOException {
        if (Files.exists(log) && Files.size(log) > read) {
            for (Entry entry : lines()) {
                add(entry.step(), LogTags.values(entry));
                if (entry.of(RunLog.EPOCH)) {
                    picture(entry.epoch(), entry.step());
                }
            }
        }
    }

    /** The log's lines that were not read yet, without one that is not complete. */
    private List<Entry> lines() throws IOException {
        if (!Files.exists(log)) {
            return List.of();
        }
        byte[] bytes;
        try (RandomAccessFile in = new RandomAccessFile(log.toFile(), "r")) {
            bytes = new byte[Math.toIntExact(in.length() - read)];
            in.seek(read);
            in.readFully(bytes);
        }
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        read += end;
        return RunLog.parse(new String(bytes, 0, end, StandardCharsets.UTF_8)
                        .lines()
                        .toList())
                .entries();
    }

    private void picture(int epoch, int step) throws IOException {
        Path picture = Run.maskPicture(folder, epoch);
        if (Files.isRegularFile(picture)) {
            byte[] png = Files.readAllBytes(picture);
            if (Value.Image.isPng(png)) {
                add(step, List.of(new Value.Image("masks", png)));
            }
        }
    }

    private void add(int step, List<Value> values) throws IOException {
        if (!values.isEmpty()) {
            file.add(Message.summary(seconds.getAsDouble(), step, values));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
