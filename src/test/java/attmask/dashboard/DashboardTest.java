package attmask.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.report.SyntheticRun;
import attmask.testkit.Browser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

class DashboardTest {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private SyntheticRun run;
    private Dashboard dashboard;

    @BeforeEach
    void serve() throws IOException {
        run = new SyntheticRun(folder.resolve("my-run"), 4).train(1, 2, 8).masks(0, 60);
        dashboard = Dashboard.bind(0);
        dashboard.serve(run.folder());
    }

    @AfterEach
    void close() {
        dashboard.close();
    }

    private URI at(String path) {
        return URI.create(dashboard.address()).resolve(path);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(at(path)).timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    /** Sends bytes as they are and gives the first line of the answer. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), at("/").getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    @Test
    void servesTheRunsPageWithItsPolicy() throws Exception {
        HttpResponse<String> page = get("/");
        assertEquals(200, page.statusCode());
        assertTrue(page.body().contains("<h1>my-run</h1>") && page.body().contains("1 of 4 epochs"));
        String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.startsWith("default-src 'none'; script-src 'sha256-"), policy);
        assertTrue(policy.contains("connect-src 'self'") && policy.endsWith("frame-ancestors 'none'"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals("no-store", page.headers().firstValue("Cache-Control").orElseThrow());
        assertEquals(
                "nosniff", page.headers().firstValue("X-Content-Type-Options").orElseThrow());
        assertEquals(
                "text/html; charset=utf-8",
                page.headers().firstValue("Content-Type").orElseThrow());
        assertTrue(page.headers().firstValue("Access-Control-Allow-Origin").isEmpty());
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path :
                List.of("/config.json", "/log.jsonl", "/masks/epoch-000.png", "/%2e%2e/my-run/config.json")) {
            assertEquals(404, get(path).statusCode(), path);
        }
        String host = "Host: 127.0.0.1:" + at("/").getPort() + "\r\n\r\n";
        assertTrue(raw("GET /../../etc/passwd HTTP/1.1\r\n" + host).contains(" 404 "));
        assertTrue(raw("POST / HTTP/1.1\r\nContent-Length: 0\r\n" + host).contains(" 405 "));
        assertTrue(raw("GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n").contains(" 403 "), "DNS rebinding");
        assertTrue(raw("GET / HTTP/1.0\r\n\r\n").contains(" 403 "));
        assertEquals("127.0.0.1", at("/").getHost());
    }

    @Test
    void aPortThatIsTakenIsOneLine() {
        int port = at("/").getPort();
        UserException e = assertThrows(UserException.class, () -> Dashboard.bind(port));
        assertTrue(e.getMessage().contains("port " + port) && e.getMessage().contains("--dashboard"), e.getMessage());
        assertThrows(UserException.class, () -> Dashboard.bind(70000));
    }

    @Test
    void followersHearWhereTheRunIsAndThatItHasEnded() throws Exception {
        dashboard.epoch(2, 4, 0, 10);
        dashboard.step(5, 3.25, 120, 61);
        HttpResponse<Stream<String>> events =
                client.send(HttpRequest.newBuilder(at("/events")).build(), HttpResponse.BodyHandlers.ofLines());
        assertEquals(
                "text/event-stream", events.headers().firstValue("Content-Type").orElseThrow());
        List<String> lines = new ArrayList<>();
        // The stream ends with the run, which ends as soon as the first event has come.
        events.body().forEach(line -> {
            lines.add(line);
            if (lines.size() == 2) {
                new Thread(dashboard::close).start();
            }
        });
        assertEquals("event: step", lines.get(0));
        assertTrue(
                lines.get(1).contains("epoch 3 of 4, step 5 of 10, loss 3.250, 120 images/s, 1:01 left")
                        && lines.get(1).contains("\"share\":0.625"),
                lines.get(1));
        assertTrue(lines.contains("event: end"), lines.toString());
        assertTrue(lines.toString().contains("ended: 1 of 4 epochs"), lines.toString());
        dashboard.close();
        assertThrows(ConnectException.class, () -> get("/"));
    }

    /** Clients that send nothing, that read nothing and that go away, as many as there are and more. */
    @Test
    void clientsThatMisbehaveHoldUpNeitherTheRunNorOthers() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        String host = "Host: 127.0.0.1:" + at("/").getPort() + "\r\n\r\n";
        for (int i = 0; i < Followers.MOST; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), at("/").getPort());
            socket.getOutputStream().write(("GET /events HTTP/1.1\r\n" + host).getBytes(StandardCharsets.US_ASCII));
            // Its first byte shows that it has a place; after that it reads no more.
            assertEquals('H', socket.getInputStream().read());
            sockets.add(socket);
        }
        assertEquals(503, get("/events").statusCode(), "no place is left");
        for (int step = 1; step <= 100_000; step++) {
            dashboard.step(step, 1, 1, 1);
        }
        assertEquals(200, get("/").statusCode());
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void aBrowserFollowsTheRun() throws Exception {
        try (Browser browser = Browser.start(folder.resolve("profile"))) {
            dashboard.epoch(1, 4, 0, 2);
            dashboard.step(1, 5.5, 120, 61);
            browser.show(1280, 900, false);
            browser.open(at("/"));
            browser.await("document.getElementById('numbers').textContent.includes('epoch 2 of 4, step 1 of 2')");
            browser.evaluate(
                    "document.querySelector('#settings details').open = true; document.title = 'the same page'");
            assertEquals(
                    2,
                    browser.evaluate("document.querySelectorAll('#film-blocks img').length")
                            .intValue());

            run.append("{\"kind\":\"epoch\",\"epoch\":2,\"step\":4,\"train_loss\":5.25,\"knn10_top1\":63.5}");
            run.append("{\"kind\":\"collapse\",\"epoch\":2,\"step\":4,\"sign\":\"low entropy\",\"remedy\":\"stop\"}");
            run.masks(2, 200);
            browser.await("document.querySelector('[role=alert]')");
            String alert = browser.evaluate("document.querySelector('[role=alert]').textContent")
                    .asText();
            assertTrue(alert.contains("my-run may be collapsing: low entropy") && alert.contains("stop"), alert);
            browser.await("document.getElementById('results').textContent.includes('63.50')");
            assertEquals(
                    3,
                    browser.evaluate("document.querySelectorAll('#film-blocks img').length")
                            .intValue());
            browser.evaluate("document.querySelectorAll('.plot')[1].focus()");
            browser.key("ArrowLeft");
            String status = browser.evaluate("document.querySelectorAll('figure.chart [role=status]')[1].textContent")
                    .asText();
            assertEquals("epoch 2: my-run 63.5 %", status, "the new point is in the chart");
            assertTrue(
                    browser.evaluate("document.querySelector('#settings details').open")
                            .booleanValue(),
                    "as the reader left it");
            assertEquals("the same page", browser.evaluate("document.title").asText());

            run.append("{\"kind\":\"epoch\",\"epoch\":4,\"step\":8,\"train_loss\":5.0,\"knn10_top1\":70.25}");
            dashboard.close();
            browser.await("document.getElementById('state').textContent === 'ended: all 4 epochs'");
            browser.await("document.getElementById('results').textContent.includes('70.25')");
            assertEquals(List.of(), browser.complaints());
            assertTrue(
                    browser.requests().stream().allMatch(url -> url.startsWith(at("/").toString())),
                    browser.requests().toString());
        }
    }
}
