package attmask.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Jazzer calls; {@link Fuzzing} starts it, a process for each target. */
public final class JazzerTarget {
    private static Guard guard;

    private JazzerTarget() {}

    /** @param args the target's name, and an empty folder for its files */
    public static void fuzzerInitialize(String[] args) throws IOException {
        guard = new Guard(FuzzTargets.named(args[0]), Files.createDirectories(Path.of(args[1])));
    }

    /** One input; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        guard.reads(input);
    }
}
