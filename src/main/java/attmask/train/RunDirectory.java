package attmask.train;

import attmask.checkpoint.LastCheckpoints;
import attmask.config.ConfigJson;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.file.WholeFile;
import attmask.report.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder of a run: {@code config.json}, {@code log.jsonl}, {@link LastCheckpoints}, kept ones as {@code
 * checkpoint-NNNN.safetensors}, {@code masks/epoch-NNN.png}, and {@code run.lock}.
 */
public final class RunDirectory {
    private final Path folder;

    private RunDirectory(Path folder) {
        this.folder = folder;
    }

    /**
     * A folder for a new run, which is made when the run begins ({@link #lock}): one that is refused leaves nothing.
     *
     * @throws UserException if it already holds a run, one is being trained in it, or it cannot be written
     */
    public static RunDirectory create(Path folder) {
        RunDirectory directory = new RunDirectory(folder);
        RunLock.requireFree(folder);
        if (holdsRun(folder)) {
            throw new UserException(
                    folder + " already holds a run; continue it with --resume, or choose another --output");
        }
        directory.requireWritable();
        return directory;
    }

    /**
     * The folder of a run that was perhaps cut off before its first checkpoint: what it logged is forgotten.
     *
     * @throws UserException if it holds a run that can be continued, or cannot be written
     */
    public static RunDirectory startOver(Path folder) {
        RunDirectory directory = new RunDirectory(folder);
        if (!directory.checkpoints().exist()) {
            try {
                Files.deleteIfExists(directory.log());
            } catch (IOException e) {
                throw new UserException("cannot write to " + folder + " (" + e.getMessage() + ")", e);
            }
        }
        return create(folder);
    }

    /**
     * The folder of a run to continue.
     *
     * @throws UserException if there is no checkpoint in it, or it is being continued
     */
    public static RunDirectory resume(Path folder) {
        RunDirectory directory = new RunDirectory(folder);
        RunLock.requireFree(folder);
        if (!directory.checkpoints().exist()) {
            throw new UserException("cannot resume: there is no " + directory.checkpoint()
                    + "; name the run's folder with --output, or leave out --resume to start anew");
        }
        directory.requireWritable();
        return directory;
    }

    /** True if there is something that a new run would overwrite. */
    public static boolean holdsRun(Path folder) {
        return LastCheckpoints.in(folder).exist() || Files.exists(at(folder).log());
    }

    /** Also in a run: what it has learned must not be lost with a folder that someone deleted. */
    void makeFolders() {
        try {
            Files.createDirectories(folder.resolve("masks"));
            Files.createDirectories(folder.resolve("skipped"));
        } catch (IOException e) {
            throw new UserException(
                    "cannot write to " + folder + " (" + e.getMessage() + "); choose another --output", e);
        }
        requireWritable();
    }

    /** It, or the nearest folder around it that is there. */
    private void requireWritable() {
        Path there = folder.toAbsolutePath();
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new UserException("cannot write to " + folder + "; choose another --output");
        }
    }

    /**
     * Makes the folder if it is not there, and keeps other trainers out of it until it is closed.
     *
     * @throws UserException if one is in it, or it cannot be written
     */
    RunLock lock() {
        makeFolders();
        return RunLock.of(folder);
    }

    /** Writes the resolved settings. */
    void writeConfig(TrainConfig config) {
        byte[] json = ConfigJson.write(config).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(config(), out -> out.write(json));
    }

    /** Writes the settings again if they are gone. */
    void keepConfig(TrainConfig config) {
        if (!Files.exists(config())) {
            writeConfig(config);
        }
    }

    /** The folder of a run to look at, whatever is in it. */
    public static RunDirectory at(Path folder) {
        return new RunDirectory(folder);
    }

    public Path folder() {
        return folder;
    }

    public Path config() {
        return folder.resolve("config.json");
    }

    /** One JSON object a line. */
    public Path log() {
        return folder.resolve("log.jsonl");
    }

    /** The newest. */
    public Path checkpoint() {
        return checkpoints().newest();
    }

    public LastCheckpoints checkpoints() {
        return LastCheckpoints.in(folder);
    }

    /** A checkpoint that stays. */
    Path keptCheckpoint(int epoch) {
        return folder.resolve(String.format("checkpoint-%04d.safetensors", epoch));
    }

    /** What a step that was left out was made of. */
    Path skippedStep(int step) {
        return folder.resolve("skipped").resolve(String.format("step-%06d.json", step));
    }

    /** All that was learned before that step. */
    Path skippedState(int step) {
        return folder.resolve("skipped").resolve(String.format("step-%06d.safetensors", step));
    }

    /** The picture of masks after {@code epoch} epochs. */
    Path maskPicture(int epoch) {
        return Run.maskPicture(folder, epoch);
    }
}
