package attmask.report.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.report.SyntheticRun;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Summary;

/** Event files, read back by TensorFlow's own classes of their messages. */
class RunEventsTest {
    private static final double NOON = 1_700_000_000.5;

    @TempDir
    Path folder;

    private SyntheticRun run(int epochs) throws IOException {
        return new SyntheticRun(folder, 3, "mask.strategy=block").train(epochs, 2, 4);
    }

    private void write() throws IOException {
        RunEvents.ofAll(folder, () -> NOON).close();
    }

    /** The line of a step as the log has it. */
    private static String step(int step, double loss) {
        return "{\"kind\":\"step\",\"epoch\":1,\"step\":" + step + ",\"loss\":" + loss + "}\n";
    }

    @Test
    void theReadersChecksumIsTheKnownOne() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0xe3069283, ShownEvents.crc32c(digits, 0, digits.length));
    }

    @Test
    void curvesPicturesAndSettingsAreThere() throws IOException {
        run(2).masks(0, 10)
                .masks(1, 20)
                .append(
                        "{\"kind\":\"collapse\",\"epoch\":2,\"step\":3,\"sign\":\"one prototype\",\"value\":0.995,\"remedy\":\"center\"}",
                        "{\"kind\":\"epoch\",\"epoch\":3,\"step\":6,\"brand_new\":7,\"heap_mb\":null}");
        write();
        ShownEvents shown = new ShownEvents(folder);
        assertEquals(Map.of(2L, 4.0, 4L, (double) (float) (4 / Math.sqrt(2))), shown.curve("loss/total"));
        assertEquals(
                List.of(1L, 2L, 3L, 4L),
                List.copyOf(shown.curve("loss_of_step/total").keySet()));
        assertEquals(Map.of(0L, 10.0, 2L, 50.0, 4L, (double) (float) (90 - 80.0 / 3)), shown.curve("knn/10_top1"));
        assertEquals(Map.of(3L, (double) 0.995f), shown.curve("collapse/one_prototype"));
        assertEquals("center", shown.text("collapse_remedy/one_prototype", 3));
        assertEquals(Map.of(6L, 7.0), shown.curve("epoch/brand_new"));
        assertFalse(shown.tags().toString().contains("heap_mb"), "a number that is none");
        assertTrue(shown.text("settings", 0).contains("\n| mask.strategy | block |\n"), shown.text("settings", 0));
        assertTrue(shown.times().stream().allMatch(time -> time == NOON));

        assertEquals(List.of(0L, 2L), List.copyOf(shown.series("masks").keySet()));
        Summary.Image image = shown.series("masks").get(2L).getImage();
        byte[] png = image.getEncodedImageString().toByteArray();
        assertArrayEquals(Files.readAllBytes(folder.resolve("masks/epoch-001.png")), png);
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
        assertEquals(picture.getWidth(), image.getWidth());
        assertEquals(picture.getHeight(), image.getHeight());
        assertEquals(3, image.getColorspace());
    }

    /** A run that was cut off after step 5 goes on from its checkpoint after step 3: no step is shown twice. */
    @Test
    void aContinuedRunShowsEachStepOnce() throws IOException {
        Path log = folder.resolve("log.jsonl");
        Files.writeString(log, "");
        try (RunEvents events = RunEvents.ofAll(folder, () -> NOON)) {
            for (int step = 1; step <= 5; step++) {
                Files.writeString(log, step(step, step), StandardOpenOption.APPEND);
                events.update();
            }
        }
        Files.writeString(log, step(1, 1) + step(2, 2) + step(3, 3));
        try (RunEvents events = RunEvents.ofRest(folder, () -> NOON)) {
            events.update();
            Files.writeString(log, step(4, 40), StandardOpenOption.APPEND);
            events.update();
        }
        assertEquals(2, ShownEvents.files(folder).size(), "one file a session, in the same second");
        assertEquals(Map.of(1L, 1.0, 2L, 2.0, 3L, 3.0, 4L, 40.0), new ShownEvents(folder).curve("loss_of_step/total"));
    }

    /** A folder that another run was in, or whose run was begun anew. */
    @Test
    void aNewRunTakesBackWhatAnEarlierOneSaid() throws IOException {
        Files.writeString(folder.resolve("log.jsonl"), step(0, 1) + step(9, 9));
        write();
        Files.writeString(folder.resolve("log.jsonl"), step(3, 30));
        write();
        assertEquals(Map.of(3L, 30.0), new ShownEvents(folder).curve("loss_of_step/total"));
    }

    @Test
    void aContinuedRunWithoutEventFilesShowsAllOfIt() throws IOException {
        run(1);
        RunEvents.ofRest(folder, () -> NOON).close();
        assertEquals(
                List.of(1L, 2L),
                List.copyOf(new ShownEvents(folder).curve("loss_of_step/total").keySet()));
    }

    @Test
    void aLineIsTakenOnceItIsComplete() throws IOException {
        Path log = folder.resolve("log.jsonl");
        String line = step(1, 0.5);
        Files.writeString(log, line.substring(0, 20));
        try (RunEvents events = RunEvents.ofAll(folder, () -> NOON)) {
            events.update();
            assertEquals(List.of(), new ShownEvents(folder).tags());
            Files.writeString(log, line + "no line of a log\n");
            events.update();
            events.update();
        }
        assertEquals(Map.of(1L, 0.5), new ShownEvents(folder).curve("loss_of_step/total"));
    }

    /** The machine may go down at any byte. */
    @Test
    void whatIsCutOffCostsOnlyItsLastRecord() throws IOException {
        Files.writeString(folder.resolve("log.jsonl"), step(1, 1) + step(2, 2));
        write();
        byte[] whole = Files.readAllBytes(ShownEvents.files(folder).get(0));
        int records = ShownEvents.events(whole).size();
        assertEquals(4, records);
        int seen = 0;
        for (int length = 0; length < whole.length; length++) {
            int read = ShownEvents.events(Arrays.copyOf(whole, length)).size();
            assertTrue(read == seen || read == seen + 1, "at " + length);
            seen = read;
        }
        assertEquals(records - 1, seen);
        Files.write(ShownEvents.files(folder).get(0), Arrays.copyOf(whole, whole.length - 3));
        Files.writeString(folder.resolve("log.jsonl"), step(1, 1) + step(2, 2));
        try (RunEvents events = RunEvents.ofRest(folder, () -> NOON)) {
            Files.writeString(folder.resolve("log.jsonl"), step(3, 3), StandardOpenOption.APPEND);
            events.update();
        }
        assertEquals(Map.of(1L, 1.0, 3L, 3.0), new ShownEvents(folder).curve("loss_of_step/total"));
    }

    @Test
    void whatIsNoPictureIsLeftOut() throws IOException {
        run(1);
        Files.writeString(folder.resolve("masks/epoch-000.png"), "");
        Files.writeString(folder.resolve("masks/epoch-001.png"), "a text that is longer than a header");
        write();
        assertEquals(Map.of(), new ShownEvents(folder).series("masks"));
    }

    @Test
    void aFolderThatIsGoneIsAnError() {
        assertThrows(IOException.class, () -> RunEvents.ofAll(folder.resolve("gone"), () -> NOON));
    }
}
