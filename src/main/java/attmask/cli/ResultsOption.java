package attmask.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where an evaluation's results go beside the screen. */
final class ResultsOption {
    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the results as JSON too, or as CSV if FILE ends with .csv")
    private Path file;

    /**
     * The results of a checkpoint.
     *
     * @param decimals of fractions on the screen
     */
    Results of(String evaluation, Path checkpoint, int decimals) {
        return new Results(System.out, file, evaluation, decimals)
                .about("version", Main.Version.number())
                .about("checkpoint", checkpoint);
    }
}
