package attmask.cli;

import attmask.comparison.ComparisonSummary;
import attmask.config.DataConfig;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import attmask.report.NeighbourGallery;
import attmask.report.Run;
import attmask.report.RunReport;
import attmask.report.Runs;
import attmask.report.page.Block;
import attmask.report.page.Note;
import attmask.report.page.Section;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code report}: runs side by side in one HTML file. */
@Command(
        name = "report",
        description =
                "Writes one HTML file about one or more runs, also while they train: settings, curves, masks over"
                        + " the epochs, nearest neighbours; of a comparison its tables too. It holds everything it shows, and asks no network.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class ReportCommand implements Callable<Integer> {
    private static final int BATCH = 64;
    private static final int MOST = 100;

    @Parameters(
            paramLabel = "RUN",
            arity = "1..*",
            description = "folders of runs; of a folder that is none, such as a comparison, all runs below it")
    private List<Path> folders;

    @Option(
            names = {"--out", "-o"},
            paramLabel = "FILE",
            description = "the page",
            defaultValue = "report.html")
    private Path out;

    @Option(names = "--title", paramLabel = "TEXT", description = "of the page", defaultValue = "Training report")
    private String title;

    @Option(
            names = "--frames",
            paramLabel = "N",
            description = "pictures of masks over the epochs of each run, 0 for none; -1 for 12, or fewer if there are"
                    + " many runs",
            defaultValue = "-1")
    private int frames;

    @Option(
            names = "--neighbours",
            paramLabel = "N",
            description = "images whose nearest neighbours are shown, from each run's checkpoint; 0 for none",
            defaultValue = "6")
    private int neighbours;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "images for the neighbours, if they are not where the runs found them")
    private String data;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        requireRange("--frames", frames, -1);
        requireRange("--neighbours", neighbours, 0);
        List<Run> runs = Runs.at(folders);
        List<Section> comparisons = folders.stream()
                .filter(ComparisonSummary::isAt)
                .map(folder -> ComparisonSummary.at(folder, "").section())
                .toList();
        if (comparisons.size() > 1) {
            throw new UserException("one page shows one comparison; name one of the " + comparisons.size());
        }
        List<Section> last = neighbours == 0 ? List.of() : List.of(neighbourSection(runs));
        int shown = frames < 0 ? RunReport.usualFrames(runs.size()) : frames;
        new RunReport().page(title, runs, shown, comparisons, last, false).write(out);
        System.out.println("wrote " + out + " (" + runs.size() + (runs.size() == 1 ? " run)" : " runs)"));
        return 0;
    }

    private static void requireRange(String option, int value, int least) {
        if (value < least || value > MOST) {
            throw new UserException(option + " is " + value + "; it must be from " + least + " to " + MOST);
        }
    }

    private Section neighbourSection(List<Run> runs) {
        try (Backend backend = device.announced()) {
            List<Block> blocks = RunReport.each(runs, run -> gallery(run, backend));
            return new Section(
                    "neighbours",
                    "Nearest neighbours",
                    "What the teacher takes for similar: without labels, images of one class should come together.",
                    blocks);
        }
    }

    /** The gallery, or why there is none: checkpoint or images may be gone by now. */
    private Block gallery(Run run, Backend backend) {
        try (TrainedModel model = new TrainedModel(GivenCheckpoint.file(run.folder()), backend, BATCH)) {
            NeighbourGallery gallery = new NeighbourGallery(images(run, model.config()), neighbours);
            System.out.printf("%s: encoding %,d images for the nearest neighbours%n", run.name(), gallery.bankSize());
            return gallery.of(run.name(), model.encoder(), device.threads());
        } catch (UserException e) {
            return Note.of(run.name() + ": no nearest neighbours (" + e.getMessage() + ").");
        }
    }

    private DataSet images(Run run, TrainConfig trained) {
        DataConfig used = trained.data();
        String source = data != null ? data : run.setting("data.source");
        return DataSets.open(DataConfig.of(source, 0, used), trained.globalSize());
    }
}
