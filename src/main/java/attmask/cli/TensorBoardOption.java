package attmask.cli;

import attmask.train.ProgressView;
import attmask.train.ProgressViews;
import attmask.train.TensorBoardView;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Whether a training writes event files for TensorBoard; for all commands that train. */
final class TensorBoardOption {
    @Option(
            names = "--tensorboard",
            paramLabel = "on|off",
            description = "event files for TensorBoard in the run's folder. No result depends on them",
            showDefaultValue = CommandLine.Help.Visibility.ALWAYS,
            defaultValue = "on")
    private Switch events;

    boolean on() {
        return events == Switch.ON;
    }

    /** What a person sees of a run, and with it its events, if they are wanted. */
    ProgressView beside(ProgressView view, Path folder, boolean resume) {
        return on() ? ProgressViews.both(view, new TensorBoardView(folder, resume, view::note)) : view;
    }
}
