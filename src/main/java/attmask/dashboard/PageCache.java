package attmask.dashboard;

import attmask.report.Run;
import attmask.report.RunReport;
import attmask.report.page.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The page of a run, made anew when its folder has something new, and when somebody asks for it. */
final class PageCache {
    /** The log may grow with every step: a new page every few seconds is enough. */
    private static final long NANOS_BETWEEN_PAGES = Duration.ofSeconds(4).toNanos();

    private final Path folder;
    private final RunReport report = new RunReport();
    private String version = "";
    private long checked;
    private String madeVersion;
    private byte[] made;

    PageCache(Path folder) {
        this.folder = folder;
        check();
    }

    /** A text that changes when there is something new to show. */
    synchronized String version() {
        if (System.nanoTime() - checked > NANOS_BETWEEN_PAGES) {
            check();
        }
        return version;
    }

    /** Looks for something new at once. */
    synchronized String latestVersion() {
        check();
        return version;
    }

    private void check() {
        checked = System.nanoTime();
        version = mark(folder.resolve("log.jsonl")) + " " + mark(folder.resolve("masks"));
    }

    private static String mark(Path file) {
        try {
            return Files.size(file) + "-" + Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            return "0";
        }
    }

    /**
     * The page as UTF-8.
     *
     * @throws attmask.config.UserException if the folder cannot be read
     */
    synchronized byte[] page() {
        if (!version().equals(madeVersion)) {
            Run run = run();
            Page page = report.page(run.name(), List.of(run), RunReport.usualFrames(1), List.of(), List.of(), true);
            made = page.html().getBytes(StandardCharsets.UTF_8);
            madeVersion = version;
        }
        return made;
    }

    /** How far the run has come, in words. */
    String state() {
        return run().state();
    }

    private Run run() {
        return Run.read(
                folder, folder.toAbsolutePath().normalize().getFileName().toString(), 0);
    }
}
