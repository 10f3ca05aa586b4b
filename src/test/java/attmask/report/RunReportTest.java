package attmask.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.report.page.Page;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
    @TempDir
    Path folder;

    private SyntheticRun run(String name, int epochs, String... settings) throws IOException {
        return new SyntheticRun(folder.resolve(name), epochs, settings);
    }

    private String html(Path... folders) {
        List<Run> runs = Runs.at(List.of(folders));
        return new RunReport()
                .page("Title", runs, 3, List.of(), List.of(), false)
                .html();
    }

    /** Text of the page without its scripts and styles. */
    private static String body(String html) {
        return html.replaceAll("(?s)<(script|style)>.*?</\\1>", "");
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void tellsSettingsResultsAndCurves() throws IOException {
        run("a", 4, "mask.strategy=high").train(4, 2, 8).masks(0, 50);
        run("b", 4, "mask.strategy=block").train(3, 2, 9).masks(0, 50);
        String html = html(folder);
        String table = html.substring(html.indexOf("Settings that differ"), html.indexOf("Settings of all runs"));
        assertTrue(table.contains("mask.strategy"), table);
        assertFalse(table.contains("run.output") || table.contains("mask.ratio"), "only what differs: " + table);
        assertTrue(html.contains("all 4 epochs") && html.contains("3 of 4 epochs"));
        assertTrue(html.contains("74.00<span class=\"hidden\"> (best)</span>"), "k-NN of run a after 4 epochs");
        assertTrue(html.contains("\"title\":\"Loss\"") && html.contains("\"title\":\"k-NN\""));
        assertFalse(html.contains("\"title\":\"Collapse monitor\""), "no run has logged what it would show");
        assertTrue(html.contains("a ends at 4.000. b ends at 5.196."), "what a screen reader says of the loss");
    }

    @Test
    void theLossesOfTheMethodsAreShownAndNoOthers() throws IOException {
        run("a", 2)
                .train(2, 1, 8)
                .append("{\"kind\":\"epoch\",\"epoch\":2,\"step\":2,\"train_patch\":0.0,\"train_restoration\":0.7}");
        String html = html(folder.resolve("a"));
        assertTrue(html.contains("\"label\":\"restoration\""));
        assertFalse(html.contains("\"label\":\"patch\""));
    }

    @Test
    void holdsAllThatItShowsAndItsPolicyAllowsNothingElse() throws IOException {
        run("a", 2).train(2, 2, 8).masks(0, 50).masks(2, 90);
        String html = html(folder.resolve("a"));
        String markup = body(html);
        Matcher address = Pattern.compile("(?:src|href|action)=\"([^\"]*)\"").matcher(markup);
        int pictures = 0;
        while (address.find()) {
            assertTrue(address.group(1).startsWith("data:") || address.group(1).startsWith("#"), address.group(1));
            pictures += address.group(1).startsWith("data:image/jpeg") ? 1 : 0;
        }
        assertEquals(4, pictures, "the images, two epochs, the qualitative picture");
        assertTrue(html.contains("connect-src &#39;none&#39;"), Page.policy(false));
        assertFalse(markup.contains("style=\"") || markup.contains(" on" + "click="), "the policy forbids these");
        assertTrue(html.contains("Permission is hereby granted"), "uPlot's licence");
    }

    @Test
    void namesFromOutsideAreText() throws IOException {
        String name = "<script>alert(1)<script>&\"'{{title}}";
        run(name, 2)
                .train(2, 1, 8)
                .append(
                        "{\"kind\":\"collapse\",\"epoch\":1,\"step\":1,\"sign\":\"<img src=x>\",\"remedy\":\"</p><b>\"}");
        String html = html(folder.resolve(name));
        assertFalse(html.contains("<script>alert"), "in HTML");
        assertFalse(html.contains("<img src=x") || html.contains("</p><b>"), "texts of the log");
        assertTrue(html.contains("&lt;script&gt;alert(1)"));
        assertTrue(
                html.contains("\"name\":\"\\u003cscript>alert(1)\\u003cscript>&\\\"'{{title}}\""),
                "in the charts' data");
    }

    @Test
    void damagedAndHalfWrittenLinesAreCountedAndLeftOut() throws IOException {
        run("a", 4)
                .train(2, 1, 8)
                .append(
                        "{\"kind\":\"epoch\",\"epoch\":3,\"st",
                        "[1,2]",
                        "nonsense",
                        "",
                        "{}",
                        "{\"epoch\":3,\"kind\":\"epoch\",\"step\":3,\"train_loss\":\"NaN\"}");
        Files.write(
                folder.resolve("a/log.jsonl"),
                new byte[] {(byte) 0xFF, (byte) 0xC0, '\n'},
                java.nio.file.StandardOpenOption.APPEND);
        String html = html(folder.resolve("a"));
        assertTrue(html.contains("a: 5 lines of log.jsonl could not be read"), body(html));
        assertTrue(html.contains("3 of 4 epochs"));
    }

    @Test
    void aRunThatHasJustBegunOrLostItsFilesStillGivesAPage() throws IOException {
        run("begun", 4);
        String begun = html(folder.resolve("begun"));
        assertTrue(begun.contains("No epoch is done yet.") && begun.contains("there are no pictures of masks"));
        Files.delete(folder.resolve("begun/log.jsonl"));
        Files.writeString(folder.resolve("begun/config.json"), "{\"run\": {\"epo");
        String broken = html(folder.resolve("begun"));
        assertTrue(broken.contains("config.json cannot be read"));
        assertTrue(broken.contains("0 epochs"));
    }

    @Test
    void picturesOfAnotherLayoutOrDamagedOnesAreLeftOut() throws IOException {
        SyntheticRun run = run("a", 4, "model.image=64").train(1, 1, 8).masks(0, 9);
        Files.writeString(run.folder().resolve("masks/epoch-001.png"), "no picture");
        Files.writeString(run.folder().resolve("masks/notes.txt"), "no picture either");
        String html = html(run.folder());
        assertTrue(html.contains("epoch-001.png cannot be read"));
    }

    @Test
    void aFrameShowsAttentionAndTheRunsOwnMask() throws IOException {
        run("a", 4).train(4, 1, 8).masks(0, 40).masks(2, 130).masks(4, 220);
        Matcher frames = Pattern.compile("src=\"data:image/jpeg;base64,([^\"]*)\" width=\"(\\d+)\" height=\"(\\d+)\"")
                .matcher(html(folder.resolve("a")));
        List<Integer> greys = new ArrayList<>();
        while (frames.find() && greys.size() < 4) {
            var image =
                    ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(frames.group(1))));
            assertEquals(1.5 * Integer.parseInt(frames.group(2)), image.getWidth(), 1);
            greys.add(image.getRGB(image.getWidth() - 20, image.getHeight() - 20) & 0xFF);
        }
        // The image itself (of epoch 0), then the mask of epochs 0, 2 and 4: nothing hidden, so the image's grey.
        for (int i = 0; i < 4; i++) {
            assertEquals(List.of(40, 40, 130, 220).get(i), greys.get(i), 3, "frame " + i + ", JPEG rounds");
        }
    }

    @Test
    void framesAreSpreadEvenlyFromTheFirstToTheLast() {
        assertEquals(List.of(0, 10, 20), MaskFilm.chosen(List.of(0, 5, 10, 15, 20), 3));
        assertEquals(List.of(0, 1), MaskFilm.chosen(List.of(0, 1), 12));
        assertEquals(List.of(9), MaskFilm.chosen(List.of(1, 5, 9), 1));
        assertEquals(12, RunReport.usualFrames(1));
        assertEquals(3, RunReport.usualFrames(200));
    }

    @Test
    void theCollapseMonitorsSignsAreWarnings() throws IOException {
        String line =
                "{\"kind\":\"collapse\",\"epoch\":%d,\"step\":7,\"sign\":\"teacher entropy near 0\",\"value\":0.013,\"remedy\":\"raise teacherTemp\"}";
        run("a", 4).train(2, 1, 8).append(String.format(line, 1), String.format(line, 2));
        String html = html(folder.resolve("a"));
        assertEquals(1, count(html, "role=\"alert\""), "one for each sign");
        assertTrue(
                html.contains(
                        "a may be collapsing: teacher entropy near 0 (0.01300), 2 times from epoch 1 to 2. Remedy: raise teacherTemp"),
                body(html));
    }

    @Test
    void twentyLongRunsStaySmall() throws IOException {
        for (int i = 0; i < 20; i++) {
            run("run-" + i, 800, "run.seed=" + i).train(800, 2, 8 + i);
        }
        int bytes = html(folder).getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes < 2_500_000, "without pictures: " + bytes + " bytes");
    }

    @Test
    void foldersThatAreNoRunsAreNamed() throws IOException {
        run("group/seed-1", 2);
        run("other/seed-1", 2);
        List<Run> runs =
                Runs.at(List.of(folder.resolve("group"), folder.resolve("other"), folder.resolve("other/seed-1")));
        assertEquals(
                List.of(
                        Path.of("group/seed-1").toString(),
                        Path.of("other/seed-1").toString()),
                runs.stream().map(Run::name).toList());
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertTrue(assertThrows(UserException.class, () -> Runs.at(List.of(empty)))
                .getMessage()
                .contains("holds no run"));
        Path none = folder.resolve("none");
        assertTrue(assertThrows(UserException.class, () -> Runs.at(List.of(none)))
                .getMessage()
                .contains("is no folder"));
        Path file = folder.resolve("no/such/folder/report.html");
        Page page = new RunReport().page("", runs, 0, List.of(), List.of(), false);
        assertThrows(UserException.class, () -> page.write(file));
    }
}
