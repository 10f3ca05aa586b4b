package attmask.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.testkit.Browser;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What a reader sees of the report, in a real browser. */
class RunReportBrowserTest {
    private static final String UNTRUSTED = "<script>window.broken=1<script>";

    /** Chromium's own files may still be written to when it is killed. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private static Browser browser;
    private static URI page;

    @BeforeAll
    static void startBrowser() throws Exception {
        browser = Browser.start(folder.resolve("profile"));
        Path runs = folder.resolve("runs");
        new SyntheticRun(runs.resolve("a-" + UNTRUSTED), 6, "mask.strategy=high")
                .train(6, 3, 8)
                .append("{\"kind\":\"epoch\",\"epoch\":7,\"step\":21,\"train_nmi\":0.25,\"knn20_top1\":50}")
                .masks(0, 60)
                .masks(6, 120);
        new SyntheticRun(runs.resolve("b"), 6, "mask.strategy=block")
                .train(6, 3, 9)
                .append("{\"kind\":\"epoch\",\"epoch\":7,\"step\":21,\"train_nmi\":0.5,\"knn20_top1\":60}")
                .append("{\"kind\":\"collapse\",\"epoch\":2,\"step\":6,\"sign\":\"low entropy\"}");
        page = write(runs, "page.html");
    }

    private static URI write(Path runs, String name) {
        List<Run> found = Runs.at(List.of(runs));
        Path file = folder.resolve(name);
        new RunReport()
                .page("Report", found, RunReport.usualFrames(found.size()), List.of(), List.of(), false)
                .write(file);
        return file.toUri();
    }

    @AfterAll
    static void stopBrowser() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        browser.show(1280, 900, false);
        browser.open(page);
    }

    @AfterEach
    void nothingWasAskedForAndNothingWentWrong() {
        assertEquals(List.of(), browser.complaints());
        assertEquals(1, browser.requests().size(), "only the file itself: " + browser.requests());
    }

    /** Pixels of a chart's canvas in a colour of the style sheet; antialiased edges do not count. */
    private static int pixels(String title, String colour) throws Exception {
        return browser.evaluate("""
                        (() => {
                          const figure = [...document.querySelectorAll('figure.chart')]
                            .find(one => one.querySelector('h3').textContent === '%s');
                          const probe = document.createElement('i');
                          probe.style.color = 'var(--%s)';
                          document.body.append(probe);
                          const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
                          probe.remove();
                          const canvas = figure.querySelector('canvas');
                          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
                          copy.drawImage(canvas, 0, 0);
                          const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                          let count = 0;
                          for (let i = 0; i < data.length; i += 4) {
                            if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++;
                          }
                          return count;
                        })()""".formatted(title, colour)).intValue();
    }

    private static String text(String expression) throws Exception {
        return browser.evaluate(expression).asText();
    }

    private static void click(String selector) throws Exception {
        browser.evaluate("document.querySelector(`" + selector + "`).click()");
        browser.settle();
    }

    /** Corners of the drawing area of a chart, in the window. */
    private static JsonNode box(int chart) throws Exception {
        return browser.evaluate("(() => { const over = document.querySelectorAll('.u-over')[" + chart
                + "]; over.scrollIntoView({block: 'center'}); const box = over.getBoundingClientRect();"
                + " return {x: box.x, y: box.y, width: box.width, height: box.height}; })()");
    }

    @Test
    void everyCurveIsDrawnAndItsLegendSwitchesItOffEverywhere() throws Exception {
        assertEquals(
                "a-" + UNTRUSTED + "|b",
                text("[...document.querySelectorAll('#legend button')].map(b => b.textContent).join('|')"));
        assertTrue(browser.evaluate("window.broken === undefined").booleanValue(), "a run's name was run");
        for (String chart : List.of("Loss", "k-NN", "Teacher entropy", "Speed")) {
            assertTrue(pixels(chart, "c0") + pixels(chart, "c1") > 300, chart + " is empty");
        }
        int second = pixels("Loss", "c1");
        assertTrue(pixels("Loss", "c0") > 150 && second > 150, "two curves of the loss");
        click("#legend button");
        assertEquals("false", text("document.querySelector('#legend button').getAttribute('aria-pressed')"));
        assertEquals(0, pixels("Loss", "c0"));
        assertEquals(0, pixels("k-NN", "c0"));
        assertTrue(pixels("Loss", "c1") > 150);
        click("#legend button");
        assertTrue(pixels("Loss", "c0") > 150);
        browser.evaluate(
                "document.querySelectorAll('#legend button')[1].dispatchEvent(new MouseEvent('click', {shiftKey: true}))");
        browser.settle();
        assertEquals(0, pixels("Loss", "c0"), "with Shift: only the second");
        assertTrue(pixels("Loss", "c1") > 150);
    }

    @Test
    void anotherQuantityIsDrawnWhenItIsChosen() throws Exception {
        assertEquals(
                "total|[CLS]",
                text(
                        "[...document.querySelectorAll('figure.chart option')].slice(0, 2).map(o => o.textContent).join('|')"));
        String before = text("document.querySelector('canvas').toDataURL()");
        browser.evaluate("(() => { const select = document.querySelector('figure.chart select'); select.value = '1';"
                + " select.dispatchEvent(new Event('change')); })()");
        browser.settle();
        assertNotEquals(before, text("document.querySelector('canvas').toDataURL()"));
        assertTrue(pixels("Loss", "c0") > 150);
    }

    @Test
    void draggingZoomsAllChartsAndAllBringsEverythingBack() throws Exception {
        String loss = text("document.querySelectorAll('canvas')[0].toDataURL()");
        String knn = text("document.querySelectorAll('canvas')[1].toDataURL()");
        JsonNode box = box(0);
        double y = box.get("y").doubleValue() + box.get("height").doubleValue() / 2;
        double left = box.get("x").doubleValue();
        double width = box.get("width").doubleValue();
        browser.mouse("mouseMoved", left + 0.2 * width, y);
        browser.mouse("mousePressed", left + 0.2 * width, y);
        browser.mouse("mouseMoved", left + 0.4 * width, y);
        browser.mouse("mouseMoved", left + 0.6 * width, y);
        browser.mouse("mouseReleased", left + 0.6 * width, y);
        browser.settle();
        assertNotEquals(loss, text("document.querySelectorAll('canvas')[0].toDataURL()"));
        assertNotEquals(knn, text("document.querySelectorAll('canvas')[1].toDataURL()"), "the others follow");
        click("[data-zoom=all]");
        assertEquals(loss, text("document.querySelectorAll('canvas')[0].toDataURL()"));
        assertEquals(knn, text("document.querySelectorAll('canvas')[1].toDataURL()"));
    }

    @Test
    void theMouseShowsTheValuesOfEveryRunNearIt() throws Exception {
        JsonNode box = box(1);
        browser.mouse(
                "mouseMoved",
                box.get("x").doubleValue() + box.get("width").doubleValue() - 3,
                box.get("y").doubleValue() + 20);
        browser.settle();
        String tip = text("document.querySelectorAll('.tip')[1].textContent");
        assertTrue(tip.startsWith("epoch 6") && tip.contains(UNTRUSTED) && tip.contains("b78.57 %"), tip);
        assertFalse(
                browser.evaluate("document.querySelectorAll('.tip')[1].hidden").booleanValue());
    }

    @Test
    void theKeyboardReadsZoomsAndReachesEveryControl() throws Exception {
        browser.evaluate("document.querySelectorAll('.plot')[1].focus()");
        browser.key("ArrowRight");
        String status = "document.querySelectorAll('figure.chart [role=status]')[1].textContent";
        assertTrue(text(status).startsWith("epoch 0: ") && text(status).contains("b 10 %"), text(status));
        browser.key("ArrowRight");
        assertTrue(text(status).startsWith("epoch 1: "), text(status));
        browser.key("+");
        browser.key("ArrowRight");
        assertTrue(text(status).startsWith("epoch 2: "), "zoomed to 1.5 to 4.5: " + text(status));
        browser.key("0");
        browser.key("ArrowLeft");
        assertTrue(text(status).startsWith("epoch 1: "), text(status));
        assertEquals(
                "0", text("[...document.querySelectorAll('.scroll, .plot')].filter(e => e.tabIndex !== 0).length"));
        browser.evaluate("document.querySelector('#legend button').focus()");
        browser.key("Enter");
        assertEquals("false", text("document.querySelector('#legend button').getAttribute('aria-pressed')"));
        assertEquals(
                "0",
                text("[...document.querySelectorAll('img, select, progress, [role=img], [role=region]')]"
                        + ".filter(e => !(e.alt || e.getAttribute('aria-label'))).length"),
                "everything has a name");
    }

    @Test
    void theNumbersBehindAChartAreATable() throws Exception {
        click("figure.chart .values summary");
        browser.await("document.querySelector('.values table')");
        assertEquals(
                "6|3.266|3.674",
                text(
                        "[...document.querySelectorAll('.values tr:last-child td')].slice(0, 3).map(c => c.textContent).join('|')"));
    }

    @Test
    void darkModeChangesPageAndCurves() throws Exception {
        String light = text("getComputedStyle(document.body).backgroundColor");
        assertEquals("rgb(255, 255, 255)", light);
        browser.show(1280, 900, true);
        assertEquals("rgb(18, 22, 28)", text("getComputedStyle(document.body).backgroundColor"));
        assertTrue(pixels("Loss", "c0") > 150, "curves in the dark palette");
        assertEquals("#6cb2f5", text("getComputedStyle(document.documentElement).getPropertyValue('--c0')"));
    }

    @Test
    void aPhoneScrollsDownOnly() throws Exception {
        for (int width : new int[] {360, 320, 768}) {
            browser.show(width, 780, false);
            browser.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })");
            browser.settle();
            assertTrue(
                    browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
                            .booleanValue(),
                    "at " + width + " pixels the page is " + text("document.documentElement.scrollWidth") + " wide");
            assertTrue(
                    browser.evaluate(
                                    "[...document.querySelectorAll('.plot')].every(plot => plot.querySelector('canvas')"
                                            + ".getBoundingClientRect().right <= plot.getBoundingClientRect().right + 1)")
                            .booleanValue(),
                    "charts are as wide as the page at " + width);
        }
    }

    @Test
    void picturesAreShownAndWarningsAreAlerts() throws Exception {
        assertEquals(
                "0",
                text("Promise.all([...document.images].map(i => i.decode())).then(() =>"
                        + " [...document.images].filter(i => !i.naturalWidth).length)"));
        assertTrue(browser.evaluate("document.images.length >= 4").booleanValue());
        assertTrue(text("document.querySelector('[role=alert]').textContent")
                .contains("b may be collapsing: low entropy"));
    }

    @Test
    void printsLightAndUnfolded() throws Exception {
        browser.show(1280, 900, true);
        byte[] pdf = browser.pdf();
        assertEquals("%PDF", new String(pdf, 0, 4, StandardCharsets.US_ASCII));
        assertEquals("0", text("document.querySelectorAll('details[data-closed]').length"), "afterwards as it was");
        browser.evaluate("dispatchEvent(new Event('beforeprint'))");
        assertEquals("0", text("document.querySelectorAll('details:not(.values):not([open])').length"));
        assertEquals("rgb(255, 255, 255)", text("getComputedStyle(document.body).backgroundColor"));
        assertTrue(pixels("Loss", "c0") > 150, "curves in the light palette");
        browser.evaluate("dispatchEvent(new Event('afterprint'))");
        assertEquals("rgb(18, 22, 28)", text("getComputedStyle(document.body).backgroundColor"));
    }

    @Test
    void twentyLongRunsAreDrawn() throws Exception {
        for (int i = 0; i < 20; i++) {
            new SyntheticRun(folder.resolve("many/run-" + i), 800).train(800, 1, 8 + i);
        }
        browser.open(write(folder.resolve("many"), "many.html"));
        assertEquals("20", text("document.querySelectorAll('#legend button').length"));
        for (int colour = 0; colour < 10; colour++) {
            assertTrue(pixels("Loss", "c" + colour) > 20, "curves of colour " + colour);
        }
        JsonNode box = box(0);
        browser.mouse(
                "mouseMoved", box.get("x").doubleValue() + 300, box.get("y").doubleValue() + 20);
        browser.settle();
        assertTrue(text("document.querySelector('.tip').textContent").endsWith("and 8 more"));
    }
}
