package attmask.report;

import static attmask.report.RunLog.COLLAPSE;
import static attmask.report.RunLog.REWIND;
import static attmask.report.RunLog.SKIPPED;

import attmask.report.RunLog.Entry;
import attmask.report.page.Block;
import attmask.report.page.Fold;
import attmask.report.page.Note;
import attmask.report.page.Page;
import attmask.report.page.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Puts the page of one or more runs together; pictures that it has made once are kept for the next page. */
public final class RunReport {
    /** Frames of a filmstrip, unless there are many runs. */
    private static final int FRAMES = 12;

    private static final int FEWEST_FRAMES = 3;
    /** Frames on a page with many runs, so that it stays small enough to mail. */
    private static final int ALL_FRAMES = 60;

    private final FrameCache cache = new FrameCache();

    /** Frames of each run's filmstrip if the reader has not asked for a number. */
    public static int usualFrames(int runs) {
        return Math.max(FEWEST_FRAMES, Math.min(FRAMES, ALL_FRAMES / Math.max(1, runs)));
    }

    /**
     * The page.
     *
     * @param runs one or more
     * @param frames of each filmstrip; 0 leaves out all pictures of masks
     * @param first sections before the others
     * @param last and after them
     * @param live whether a server keeps the page up to date
     */
    public Page page(String title, List<Run> runs, int frames, List<Section> first, List<Section> last, boolean live) {
        List<Section> sections = new ArrayList<>(first);
        sections.add(results(runs));
        sections.add(settings(runs));
        List<Block> charts = new RunCharts(runs).charts();
        sections.add(new Section(
                "curves",
                "Curves",
                charts.isEmpty()
                        ? ""
                        : "Drag across a chart, or use + and −, to zoom all of them; with a chart in focus the arrow"
                                + " keys read its values.",
                charts.isEmpty() ? List.of(Note.of("No epoch is done yet.")) : charts));
        if (frames > 0) {
            sections.add(new Section(
                    "film",
                    "Attention and masks over the epochs",
                    "The same images each time. The brighter, the more attended by the teacher's [CLS] token; dark"
                            + " patches are hidden from the student.",
                    each(runs, run -> new MaskFilm(run, cache).film(frames))));
            sections.add(new Section(
                    "masks", "What each strategy hides", "", each(runs, run -> new MaskFilm(run, cache).latest())));
        }
        cache.endPage();
        sections.addAll(last);
        return new Page(title, subtitle(runs), sections, live);
    }

    private static String subtitle(List<Run> runs) {
        return runs.size() == 1 ? runs.get(0).folder() + ", " + runs.get(0).state() : runs.size() + " runs";
    }

    /** A block for each run; those after the first are folded away. */
    public static List<Block> each(List<Run> runs, Function<Run, Block> maker) {
        List<Block> blocks = new ArrayList<>();
        for (Run run : runs) {
            Block block = maker.apply(run);
            blocks.add(blocks.isEmpty() || block instanceof Note ? block : new Fold(run.name(), false, List.of(block)));
        }
        return blocks;
    }

    private static Section results(List<Run> runs) {
        List<Block> blocks = new ArrayList<>();
        runs.forEach(run -> blocks.addAll(warnings(run)));
        blocks.add(new RunTables(runs).results());
        return new Section("results", "Results", "", blocks);
    }

    /** What the collapse monitor saw, each sign once; then what is wrong with the folder. */
    private static List<Block> warnings(Run run) {
        Map<String, List<Entry>> signs = new LinkedHashMap<>();
        for (Entry entry : run.log().of(COLLAPSE)) {
            signs.computeIfAbsent(entry.texts().getOrDefault("sign", "collapse"), sign -> new ArrayList<>())
                    .add(entry);
        }
        List<Block> notes = new ArrayList<>();
        signs.forEach((sign, entries) -> notes.add(Note.warning(collapse(run, sign, entries))));
        skipped(run).ifPresent(text -> notes.add(Note.warning(text)));
        for (Entry entry : run.log().of(REWIND)) {
            notes.add(Note.warning(rewind(run, entry)));
        }
        if (!run.log().damaged().isEmpty()) {
            notes.add(Note.of(run.name() + ": " + run.log().damaged().size()
                    + " lines of log.jsonl could not be read and are left out."));
        }
        if (run.settings().isMissingNode()) {
            notes.add(Note.of(run.name() + ": config.json cannot be read; its settings are left out."));
        }
        return notes;
    }

    private static String collapse(Run run, String sign, List<Entry> entries) {
        Entry first = entries.get(0);
        Entry last = entries.get(entries.size() - 1);
        String value = last.values().containsKey("value")
                ? String.format(Locale.ROOT, " (%.4g)", last.values().get("value"))
                : "";
        String when = entries.size() == 1
                ? "in epoch " + first.epoch() + ", step " + first.step()
                : entries.size() + " times from epoch " + first.epoch() + " to " + last.epoch();
        String remedy = last.texts().getOrDefault("remedy", "");
        return run.name() + " may be collapsing: " + sign + value + ", " + when + "."
                + (remedy.isEmpty() ? "" : " Remedy: " + remedy);
    }

    /** All of them in a sentence; the log has each. */
    private static Optional<String> skipped(Run run) {
        List<Entry> skipped = run.log().of(SKIPPED);
        if (skipped.isEmpty()) {
            return Optional.empty();
        }
        Entry last = skipped.get(skipped.size() - 1);
        return Optional.of(String.format(
                Locale.ROOT,
                "%s skipped %d %s, the last one in epoch %d, step %d: %s was not finite.",
                run.name(),
                skipped.size(),
                skipped.size() == 1 ? "step" : "steps",
                last.epoch(),
                last.step(),
                last.texts().getOrDefault("tensor", "a number")));
    }

    private static String rewind(Run run, Entry entry) {
        return String.format(
                Locale.ROOT,
                "%s went back to step %d, with %.4g times the learning rate from there on: %s.",
                run.name(),
                entry.step(),
                entry.values().getOrDefault("rate_factor", 1.0),
                entry.texts().getOrDefault("reason", "its numbers were not finite"));
    }

    private static Section settings(List<Run> runs) {
        RunTables tables = new RunTables(runs);
        List<Block> blocks = new ArrayList<>();
        if (!tables.differing().isEmpty()) {
            blocks.add(tables.differences());
        } else if (runs.size() > 1) {
            blocks.add(Note.of("All runs have the same settings."));
        }
        blocks.add(
                new Fold(runs.size() > 1 ? "Settings of all runs" : "All settings", false, List.of(tables.common())));
        return new Section("settings", "Settings", "", blocks);
    }
}
