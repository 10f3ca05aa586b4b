package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code report} and {@code train --dashboard} as a user runs them. */
class ReportCommandTest {
    private static final List<String> TINY = List.of(
            "--width=24",
            "--depth=2",
            "--heads=2",
            "--patch=8",
            "--epochs=2",
            "--batch-size=8",
            "--threads=2",
            "--device=cpu",
            "--set=head.hidden=16",
            "--set=head.bottleneck=8",
            "--set=head.prototypes=16",
            "--set=data.shapesTrain=24",
            "--set=data.shapesValidation=10",
            "--set=augmentation.localSize=16",
            "--set=optimizer.freezeLastLayer=1");

    @TempDir
    Path folder;

    private static Outcome train(Path output, String... more) {
        List<String> args = new ArrayList<>(List.of("train", "--output=" + output));
        args.addAll(TINY);
        args.addAll(List.of(more));
        return Outcome.of(args.toArray(String[]::new));
    }

    private String report(String... more) throws IOException {
        Path page = folder.resolve("page.html");
        List<String> args = new ArrayList<>(List.of("report", "--out=" + page, "--device=cpu", "--threads=2"));
        args.addAll(List.of(more));
        Outcome outcome = Outcome.of(args.toArray(String[]::new));
        assertEquals(0, outcome.code(), outcome.err());
        return Files.readString(page);
    }

    @Test
    void aTrainedRunHasAllSections() throws IOException {
        Path run = folder.resolve("one");
        assertEquals(0, train(run).code());
        String page = report(run.toString(), "--neighbours=3", "--title=My <runs>");
        assertTrue(page.contains("<title>My &lt;runs&gt;</title>"));
        assertTrue(page.contains("all 2 epochs"));
        assertTrue(page.contains("one: validation images (left) and the nearest of the 24 training images"));
        assertEquals(3, page.split("<div class=\"query\">", -1).length - 1);
        assertEquals(18, page.split("<li class=\"(same|other)\">", -1).length - 1, "six for each");
        assertTrue(page.contains("one: attention (left) and the high mask (right)"));
        String steps = page.replaceAll("(?s).*\"fine\":true,\"x\":0,\"y\":\\[([^\\]]*)\\].*", "$1");
        assertEquals(6, steps.split(",").length, "a point for each step of a short run");
    }

    @Test
    void withoutCheckpointOrImagesThePageSaysSo() throws IOException {
        Path run = folder.resolve("one");
        assertEquals(0, train(run).code());
        String settings = Files.readString(run.resolve("config.json"));
        Files.writeString(run.resolve("config.json"), settings.replace("\"shapes\"", "\"/gone/images\""));
        assertTrue(report(run.toString()).contains("one: no nearest neighbours (data folder /gone/images"));
        assertTrue(report(run.toString(), "--data=shapes").contains("the nearest of the 24"));
        Files.delete(run.resolve("checkpoint.safetensors"));
        Files.delete(run.resolve("checkpoint-previous.safetensors"));
        String page = report(run.toString());
        assertTrue(page.contains("one: no nearest neighbours (") && page.contains("checkpoint.safetensors"));
        assertFalse(report(run.toString(), "--neighbours=0", "--frames=0").contains("data:image"));
    }

    @Test
    void wrongUseIsOneLine() {
        Outcome none = Outcome.of("report", folder.resolve("none").toString());
        assertEquals(1, none.code());
        assertTrue(none.err().contains("is no folder") && none.err().lines().count() == 1, none.err());
        assertEquals(2, Outcome.of("report").code());
        assertTrue(
                Outcome.of("report", folder.toString(), "--frames=1000").err().contains("--frames is 1000"));
    }

    @Test
    void aPortThatIsTakenStopsBeforeAnythingIsWritten() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = train(folder.resolve("busy"), "--dashboard=" + taken.getLocalPort());
            assertEquals(1, outcome.code());
            assertTrue(outcome.err().startsWith("error: cannot serve the dashboard on port"), outcome.err());
            assertEquals(1, outcome.err().lines().count());
            assertFalse(Files.exists(folder.resolve("busy")));
        }
    }

    /** With a client that follows and one that asks and never reads. */
    @Test
    void aDashboardChangesNoBit() throws Exception {
        Path plain = folder.resolve("plain");
        assertEquals(0, train(plain).code());
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Thread[] clients = new Thread[2];
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < clients.length; i++) {
            boolean reads = i == 0;
            clients[i] = new Thread(() -> follow(port, reads, seen));
            clients[i].start();
        }
        Path watched = folder.resolve("watched");
        Outcome outcome = train(watched, "--dashboard=" + port);
        for (Thread client : clients) {
            client.join(TimeUnit.SECONDS.toMillis(60));
        }
        assertEquals(0, outcome.code(), outcome.err());
        assertTrue(outcome.out().contains("dashboard http://127.0.0.1:" + port + "/"), outcome.out());
        assertTrue(seen.toString().contains("event: step"), "nobody watched: " + seen);
        assertArrayEquals(
                Files.readAllBytes(plain.resolve("checkpoint.safetensors")),
                Files.readAllBytes(watched.resolve("checkpoint.safetensors")));
    }

    /** Tries until the server is there. */
    private static void follow(int port, boolean reads, List<String> seen) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                String path = URI.create(reads ? "/events" : "/").getPath();
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                if (!reads) {
                    // The answer stays unread.
                    Thread.sleep(1000);
                    return;
                }
                InputStream in = socket.getInputStream();
                seen.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                return;
            } catch (IOException e) {
                // Not yet listening.
                Thread.onSpinWait();
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
