package attmask.comparison;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.file.WholeFile;
import attmask.train.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code failed.txt} in the folder of a run whose numbers were not finite: one line that says why. */
final class RunFailure {
    private RunFailure() {}

    static Path file(RunDirectory directory) {
        return directory.folder().resolve("failed.txt");
    }

    /** Why the run failed, if it did. */
    static Optional<String> read(RunDirectory directory) {
        Path file = file(directory);
        try {
            return Files.exists(file)
                    ? Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + FileProblem.reason(e) + "; check the file", e);
        }
    }

    static void write(RunDirectory directory, String reason) {
        WholeFile.write(file(directory), out -> out.write((reason + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
