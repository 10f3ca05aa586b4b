package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.testkit.Browser;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Trains two short runs and takes the README's pictures of their report and dashboard. {@code make screenshots} runs
 * it; its name keeps it out of {@code make test}.
 */
class ScreenshotsReport {
    private static final Path WORK = Path.of("target", "screenshots");
    private static final int PORT = 8765;
    /** Shorter ones than this do not get beyond the untrained network's k-NN. */
    private static final List<String> SHORT = List.of(
            "train", "--epochs=16", "--eval-every=2", "--set=data.shapesTrain=800", "--set=data.shapesValidation=400");

    @Test
    void takePictures() throws Exception {
        if (!Files.exists(WORK.resolve("runs/high/masks/epoch-016.png"))) {
            train("block");
            CompletableFuture<Void> second = CompletableFuture.runAsync(() -> train("high"));
            dashboard();
            second.get();
        }
        assertEquals(
                0, Main.execute("report", WORK.resolve("runs").toString(), "--out=" + WORK.resolve("report.html")));
        URI page = WORK.resolve("report.html").toUri();
        try (Browser browser = Browser.start(Files.createTempDirectory("screenshots"))) {
            picture(browser, page, 1000, 1180, false, "#results", "report.png");
            picture(browser, page, 880, 600, true, "#film", "report-dark.png");
        }
    }

    private static void train(String mask) {
        List<String> args = new ArrayList<>(SHORT);
        args.addAll(List.of("--mask=" + mask, "--output=" + WORK.resolve("runs").resolve(mask)));
        args.add("--dashboard=" + PORT);
        assertEquals(0, Main.execute(args.toArray(String[]::new)));
    }

    /** Halfway through the run. */
    private static void dashboard() throws Exception {
        try (Browser browser = Browser.start(Files.createTempDirectory("screenshots"))) {
            while (!Files.exists(WORK.resolve("runs/high/masks/epoch-010.png"))) {
                Thread.sleep(200);
            }
            picture(browser, URI.create("http://127.0.0.1:" + PORT + "/"), 1000, 1180, false, "body", "dashboard.png");
        }
    }

    /** Scrolls to a part of the page, whose header is not sticky here, and writes what is seen to docs/. */
    private static void picture(
            Browser browser, URI page, int width, int height, boolean dark, String part, String file) throws Exception {
        browser.show(width, height, dark);
        browser.open(page);
        browser.evaluate("document.documentElement.style.overflow = 'hidden'");
        browser.evaluate("document.querySelector('" + part + "').scrollIntoView()");
        browser.evaluate("Promise.all([...document.images].map(image => image.decode())).then(() => 0)");
        browser.settle();
        Files.write(Path.of("docs", file), browser.screenshot(false));
    }
}
