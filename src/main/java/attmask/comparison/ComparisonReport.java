package attmask.comparison;

import attmask.config.TrainConfig;
import attmask.file.WholeFile;
import attmask.report.page.Block;
import attmask.report.page.Note;
import attmask.report.page.Section;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The results as text: {@code comparison.md} and {@code comparison.csv}. */
final class ComparisonReport {
    private final ComparisonFolder folder;
    private final Results results;
    private final Map<PlannedRun, String> failed;

    /** @param failed runs that came to no result, with the reason */
    ComparisonReport(ComparisonFolder folder, Results results, Map<PlannedRun, String> failed) {
        this.folder = folder;
        this.results = results;
        this.failed = new LinkedHashMap<>(failed);
    }

    /** Writes both files. */
    void write() {
        byte[] markdown = markdown().getBytes(StandardCharsets.UTF_8);
        WholeFile.write(folder.markdown(), out -> out.write(markdown));
        byte[] csv = csv().getBytes(StandardCharsets.UTF_8);
        WholeFile.write(folder.csv(), out -> out.write(csv));
    }

    private List<Table> each() {
        return results.plan().percents().stream()
                .filter(percent -> results.finished().stream()
                        .anyMatch(result -> result.run().percent() == percent))
                .flatMap(percent -> new ComparisonTables(results, percent).all().stream())
                .toList();
    }

    /** Tables and conclusions, without the heading. */
    String tables() {
        StringBuilder text = new StringBuilder();
        each().forEach(table -> text.append(table).append('\n'));
        if (!failed.isEmpty()) {
            text.append("## Failed runs\n\n");
            failures().forEach(line -> text.append("- ").append(line).append('\n'));
            text.append('\n');
        }
        text.append("## What this says\n\n");
        new Conclusions(results)
                .sentences()
                .forEach(sentence -> text.append("- ").append(sentence).append('\n'));
        return text.toString();
    }

    private List<String> failures() {
        return failed.entrySet().stream()
                .map(entry -> entry.getKey().name() + ": " + entry.getValue())
                .toList();
    }

    /** The same for a page. */
    Section section() {
        List<Block> blocks = new ArrayList<>();
        for (Table table : each()) {
            blocks.add(table.block());
            blocks.add(Note.of(table.note()));
        }
        failures().forEach(line -> blocks.add(Note.warning("Failed: " + line)));
        blocks.add(Note.of(String.join(" ", new Conclusions(results).sentences())));
        String done = results.finished().size() + " of " + results.plan().runs().size() + " runs are finished.";
        return new Section("comparison", "Comparison", done, blocks);
    }

    String markdown() {
        TrainConfig config = folder.settings();
        StringBuilder text = new StringBuilder("# Comparison\n\n");
        for (Making making : folder.made()) {
            text.append("    ").append(making.command()).append("\n\n");
            text.append(String.format("Commit %s, Java %s, %s.%n%n", making.commit(), making.java(), making.machine()));
        }
        text.append(String.format(
                Locale.ROOT,
                "Data: %s. ViT of width %d and depth %d, patch %d on %s px, %d prototypes; %d epochs, batch %d, %d local"
                        + " crops; ratio %s +- %s, each crop masked with probability %s. %d of %d runs are finished.%n%n",
                folder.data(),
                config.model().width(),
                config.model().depth(),
                config.model().patch(),
                config.model().image(),
                config.head().prototypes(),
                config.run().epochs(),
                config.run().batch(),
                config.augmentation().localCrops(),
                config.mask().ratio(),
                config.mask().variation(),
                config.mask().probability(),
                results.finished().size(),
                results.plan().runs().size()));
        return text.append(tables()).toString();
    }

    /** One number a line, for pandas and the like. */
    String csv() {
        StringBuilder text = new StringBuilder("method,mask,percent,seed,measure,epoch,value\n");
        int epochs = folder.settings().run().epochs();
        for (RunResult result : results.finished()) {
            result.measures().forEach((name, value) -> line(text, result, name, epochs, value));
            result.curve()
                    .points()
                    .forEach((epoch, value) -> line(text, result, "online " + Measure.knn(results.k()), epoch, value));
            line(text, result, "step_ms", epochs, result.times().median());
            line(text, result, "step_ms_min", epochs, result.times().fastest());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, RunResult result, String measure, int epoch, double value) {
        PlannedRun run = result.run();
        text.append(String.join(
                        ",",
                        run.method(),
                        run.mask(),
                        run.percentText(),
                        Long.toString(run.seed()),
                        measure,
                        Integer.toString(epoch),
                        Double.toString(value)))
                .append('\n');
    }
}
