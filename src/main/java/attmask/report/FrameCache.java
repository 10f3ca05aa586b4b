package attmask.report;

import attmask.report.page.InlineImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Pictures made from files, kept for the next page as long as the file does not change and each page shows them. */
final class FrameCache {
    private final Map<Key, Optional<InlineImage>> made = new ConcurrentHashMap<>();

    /** By the page being made. */
    private final Set<Key> shown = ConcurrentHashMap.newKeySet();

    private record Key(Path file, FileTime modified, String what) {}

    /** The picture that {@code maker} makes of the file; empty if it could not. */
    Optional<InlineImage> get(Path file, String what, Supplier<Optional<InlineImage>> maker) {
        try {
            Key key = new Key(file, Files.getLastModifiedTime(file), what);
            shown.add(key);
            return made.computeIfAbsent(key, missing -> maker.get());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A page is done: what it did not show is forgotten, or a run of days would fill the memory. */
    void endPage() {
        made.keySet().retainAll(shown);
        shown.clear();
    }

    /** Pictures held. */
    int size() {
        return made.size();
    }
}
