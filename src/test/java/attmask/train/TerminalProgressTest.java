package attmask.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
    /** As when an image cannot be read, or a sign of collapse shows, in the middle of an epoch. */
    @Test
    void theBarGoesOnAfterANote() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ProgressView view = new TerminalProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8))) {
            view.epoch(1, 3, 0, 10);
            view.step(4, 2.5, 100, 60);
            view.note("a note");
            view.step(5, 2.25, 100, 60);
            view.note("another");
        }
        String shown = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(shown.contains("a note"), shown);
        String after = shown.substring(shown.indexOf("a note"), shown.indexOf("another"));
        assertTrue(after.contains("epoch 2/3") && after.contains("5/10") && after.contains("2.250"), shown);
    }
}
