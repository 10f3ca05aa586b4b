package attmask.cli;

import attmask.checkpoint.LastCheckpoints;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint that is meant by the parameter of a command: a file, or the folder of a run. */
final class GivenCheckpoint {
    private GivenCheckpoint() {}

    /**
     * Of a run, the newest checkpoint that is whole; says so on standard error if it is not the newest.
     *
     * @throws attmask.config.UserException if none is
     */
    static Path file(Path given) {
        if (!Files.isDirectory(given)) {
            return given;
        }
        LastCheckpoints.Good good = LastCheckpoints.in(given).good();
        good.note().ifPresent(note -> System.err.println("note: " + note));
        return good.file();
    }
}
