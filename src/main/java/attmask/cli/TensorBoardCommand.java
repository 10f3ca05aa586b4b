package attmask.cli;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.report.Run;
import attmask.report.Runs;
import attmask.report.tensorboard.RunEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tensorboard}: event files for runs that were trained without. */
@Command(
        name = "tensorboard",
        description = "Writes event files for TensorBoard into runs that have none, from their logs and pictures. New"
                + " runs write them while they train.",
        mixinStandardHelpOptions = true)
final class TensorBoardCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            arity = "1..*",
            description = "folders of runs; of a folder that is none, such as a comparison, all runs below it")
    private List<Path> folders;

    @Override
    public Integer call() {
        for (Run run : Runs.at(folders)) {
            try {
                System.out.println(run.name() + ": " + write(run.folder()));
            } catch (IOException e) {
                throw new UserException(
                        "cannot write event files to " + run.folder() + ": " + FileProblem.reason(e)
                                + "; check that the folder is writable and has free space",
                        e);
            }
        }
        return 0;
    }

    /** A log has no times, so all of a run is of the moment that its log was last written to. */
    private static String write(Path run) throws IOException {
        if (RunEvents.areAt(run)) {
            return "has event files, left as they are";
        }
        Path log = run.resolve("log.jsonl");
        if (!Files.exists(log)) {
            return "has no log.jsonl yet, nothing to show";
        }
        double seconds = Files.getLastModifiedTime(log).toMillis() / 1e3;
        RunEvents.ofAll(run, () -> seconds).close();
        return "event file written; look with tensorboard --logdir " + run;
    }
}
