package attmask.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium, driven over its DevTools protocol: one page, what it asks the network for, and what it
 * complains about.
 */
public final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> PROGRAMS =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final long SECONDS = 60;

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> events = new ConcurrentHashMap<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    private Browser(Process process, String address) throws InterruptedException, ExecutionException, TimeoutException {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Listener())
                .get(SECONDS, TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            send(domain + ".enable", Map.of());
        }
    }

    /** Starts the browser with a new profile in {@code profile}; skips the test on a machine that has none. */
    public static Browser start(Path profile) throws Exception {
        Optional<Path> program = program();
        Assumptions.assumeTrue(program.isPresent(), "no Chromium on the PATH: the page is not looked at in a browser");
        Process process = new ProcessBuilder(
                        program.get().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return new Browser(process, page(profile.resolve("DevToolsActivePort")));
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Optional<Path> program() {
        return PROGRAMS.stream()
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Waits for the file in which the browser writes its port, then asks for its one page's address. */
    private static String page(Path portFile) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < end) {
            if (Files.exists(portFile) && Files.readAllLines(portFile).size() >= 2) {
                String port = Files.readAllLines(portFile).get(0);
                URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
                JsonNode targets = JSON.readTree(HttpClient.newHttpClient()
                        .send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
                        .body());
                for (JsonNode target : targets) {
                    if (target.path("type").asText().equals("page")) {
                        return target.path("webSocketDebuggerUrl").asText();
                    }
                }
            }
            Thread.sleep(50);
        }
        throw new IOException("Chromium did not start within " + SECONDS + " s");
    }

    /** Puts the parts of a message together, and hands it to who waits for it. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                receive(text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private void receive(String message) {
        JsonNode node;
        try {
            node = JSON.readTree(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(message, e);
        }
        if (node.has("id")) {
            answers.remove(node.get("id").intValue()).complete(node);
            return;
        }
        JsonNode values = node.path("params");
        String method = node.path("method").asText();
        synchronized (this) {
            switch (method) {
                case "Network.requestWillBeSent" ->
                    requests.add(values.at("/request/url").asText());
                case "Runtime.exceptionThrown" ->
                    complaints.add(values.at("/exceptionDetails").toString());
                case "Runtime.consoleAPICalled" ->
                    complaints.add(values.path("args").toString());
                case "Log.entryAdded" -> complaints.add(values.at("/entry/text").asText());
                default -> {
                    // Of no interest here.
                }
            }
        }
        CompletableFuture<JsonNode> waiting = events.remove(method);
        if (waiting != null) {
            waiting.complete(values);
        }
    }

    /** Calls a method of the protocol and gives its result. */
    public JsonNode send(String method, Map<String, ?> values)
            throws InterruptedException, ExecutionException, TimeoutException {
        ObjectNode message = JSON.createObjectNode();
        int number = numbers.incrementAndGet();
        message.put("id", number).put("method", method).set("params", JSON.valueToTree(values));
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(number, answer);
        socket.sendText(message.toString(), true).get(SECONDS, TimeUnit.SECONDS);
        JsonNode node = answer.get(SECONDS, TimeUnit.SECONDS);
        if (node.has("error")) {
            throw new IllegalStateException(method + ": " + node.get("error"));
        }
        return node.path("result");
    }

    /** Opens a page, forgets what the one before asked and said, and waits until it is loaded and drawn. */
    public void open(URI address) throws Exception {
        synchronized (this) {
            requests.clear();
            complaints.clear();
        }
        CompletableFuture<JsonNode> loaded = new CompletableFuture<>();
        events.put("Page.loadEventFired", loaded);
        send("Page.navigate", Map.of("url", address.toString()));
        loaded.get(SECONDS, TimeUnit.SECONDS);
        settle();
    }

    /** Waits for what the page draws before its next frame. */
    public void settle() throws Exception {
        evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))");
    }

    /** The value of an expression in the page; of a promise, what it comes to. */
    public JsonNode evaluate(String expression) throws Exception {
        JsonNode result =
                send("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
        }
        return result.at("/result/value");
    }

    /** Waits until an expression is true. */
    public void await(String expression) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!evaluate("Boolean(" + expression + ")").booleanValue()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not true within " + SECONDS + " s: " + expression);
            }
            Thread.sleep(50);
        }
    }

    /** A window of this width in CSS pixels, in light or dark colours. */
    public void show(int width, int height, boolean dark) throws Exception {
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        send(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
        settle();
    }

    /** Presses and releases a key, by its name such as "ArrowRight" or "+". */
    public void key(String key) throws Exception {
        Map<String, Object> values = new java.util.HashMap<>(Map.of("type", "keyDown", "key", key));
        if (key.equals("Enter")) {
            values.putAll(Map.of("text", "\r", "windowsVirtualKeyCode", 13));
        } else if (key.equals("Tab")) {
            values.put("windowsVirtualKeyCode", 9);
        }
        send("Input.dispatchKeyEvent", values);
        send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
        settle();
    }

    /** A mouse event at a place of the window; type is mousePressed, mouseMoved or mouseReleased. */
    public void mouse(String type, double x, double y) throws Exception {
        send(
                "Input.dispatchMouseEvent",
                Map.of("type", type, "x", x, "y", y, "button", "left", "buttons", 1, "clickCount", 1));
    }

    /** The window as PNG, or with {@code whole} all of the page. */
    public byte[] screenshot(boolean whole) throws Exception {
        JsonNode result = send("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
        return Base64.getDecoder().decode(result.path("data").asText());
    }

    /** The page as it prints. */
    public byte[] pdf() throws Exception {
        return Base64.getDecoder()
                .decode(send("Page.printToPDF", Map.of("printBackground", true))
                        .path("data")
                        .asText());
    }

    /** Addresses asked for since {@link #open}, its own first; data: addresses are no requests. */
    public synchronized List<String> requests() {
        return requests.stream().filter(url -> !url.startsWith("data:")).toList();
    }

    /** Errors, warnings and other lines of the console since {@link #open}. */
    public synchronized List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() throws InterruptedException {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }
}
