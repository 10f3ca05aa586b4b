package attmask.checkpoint;

import attmask.config.UserException;
import attmask.file.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The newest checkpoint of a run, {@code checkpoint.safetensors}, and the one before it, {@code
 * checkpoint-previous.safetensors}. A new one is written aside, read back and compared with its checksum; then the
 * newest is renamed to be the previous one, and the new one to be the newest. Whichever of these is cut off, one of the
 * two files is whole.
 */
public final class LastCheckpoints {
    private final Path newest;
    private final Path previous;
    private final Path damaged;

    private LastCheckpoints(Path folder) {
        newest = folder.resolve("checkpoint.safetensors");
        previous = folder.resolve("checkpoint-previous.safetensors");
        damaged = folder.resolve("checkpoint-damaged.safetensors");
    }

    /** Those in the folder of a run, if there are any. */
    public static LastCheckpoints in(Path folder) {
        return new LastCheckpoints(folder);
    }

    /** Where the newest one is, or will be. */
    public Path newest() {
        return newest;
    }

    /** True if there is one at least, good or not. */
    public boolean exist() {
        return Files.isRegularFile(newest) || Files.isRegularFile(previous);
    }

    /**
     * The newest checkpoint that is whole.
     *
     * @param problem what is wrong with the newest, if this is the one before
     */
    public record Good(Path file, Optional<String> problem) {
        /** For people; nothing if it is the newest. */
        public Optional<String> note() {
            return problem.map(wrong -> wrong + "; the one before it is used: " + file);
        }
    }

    /**
     * Reads the newest checkpoint, and the one before it if the newest is missing or damaged.
     *
     * @throws UserException if neither is whole, or the newest may not be read; says what is wrong with the newest
     */
    public Good good() {
        if (Files.exists(newest) && !Files.isReadable(newest)) {
            throw new UserException("cannot read " + newest + ": permission denied; change its permissions");
        }
        Optional<UserException> wrong = problem(newest);
        if (wrong.isEmpty()) {
            return new Good(newest, Optional.empty());
        }
        if (problem(previous).isPresent()) {
            throw wrong.get();
        }
        return new Good(previous, Optional.of(firstPart(wrong.get().getMessage())));
    }

    private static Optional<UserException> problem(Path file) {
        try (SafeTensors opened = SafeTensors.open(file)) {
            Checksum.verify(opened);
            return Optional.empty();
        } catch (UserException e) {
            return Optional.of(e);
        }
    }

    /** Without the remedy, which is to use another one. */
    private static String firstPart(String message) {
        int remedy = message.indexOf("; use another");
        return remedy < 0 ? message : message.substring(0, remedy);
    }

    /**
     * The run goes on from this one: a damaged newest is put away, so that it never takes the place of the whole one
     * before it.
     *
     * @return where it is now; empty if there was none
     * @throws UserException if it cannot be renamed
     */
    public Optional<Path> goOnFrom(Good good) {
        if (good.file().equals(newest) || !Files.exists(newest)) {
            return Optional.empty();
        }
        try {
            Files.move(newest, damaged, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return Optional.of(damaged);
        } catch (IOException e) {
            throw new UserException(
                    "cannot rename " + newest + ", which is damaged: " + FileProblem.reason(e) + "; remove it by hand, "
                            + previous + " is whole",
                    e);
        }
    }

    /** Writes a new newest one. */
    void add(SafeTensorsWriter writer) {
        writer.writeVerified(newest, previous);
    }
}
