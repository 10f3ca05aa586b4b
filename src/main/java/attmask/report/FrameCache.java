package attmask.report;

import attmask.report.page.InlineImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Pictures made from files, kept as long as the file does not change. */
final class FrameCache {
    private final Map<Key, Optional<InlineImage>> made = new ConcurrentHashMap<>();

    private record Key(Path file, FileTime modified, String what) {}

    /** The picture that {@code maker} makes of the file; empty if it could not. */
    Optional<InlineImage> get(Path file, String what, Supplier<Optional<InlineImage>> maker) {
        try {
            return made.computeIfAbsent(new Key(file, Files.getLastModifiedTime(file), what), key -> maker.get());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
