package attmask.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.report.page.InlineImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameCacheTest {
    @TempDir
    Path folder;

    private final FrameCache cache = new FrameCache();
    private final AtomicInteger made = new AtomicInteger();

    private Path file(String name) throws IOException {
        return Files.writeString(folder.resolve(name), name);
    }

    private void show(Path file) {
        cache.get(file, "frame", () -> {
            made.incrementAndGet();
            return Optional.<InlineImage>empty();
        });
    }

    @Test
    void whatEachPageShowsIsMadeOnce() throws IOException {
        Path first = file("first");
        for (int page = 0; page < 3; page++) {
            show(first);
            cache.endPage();
        }
        assertEquals(1, made.get());
    }

    /** Each page of a long run has another last picture. */
    @Test
    void whatNoPageShowsAnyMoreIsForgotten() throws IOException {
        Path first = file("first");
        for (int page = 0; page < 20; page++) {
            show(first);
            show(file("epoch-" + page));
            cache.endPage();
            assertEquals(2, cache.size());
        }
    }
}
