package attmask.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many kills; {@code make kills} runs it, {@code make test} does not, by its name. */
class KillsReport {
    @TempDir
    Path folder;

    @Test
    void kills() throws Exception {
        long start = System.nanoTime();
        String result = new Kills(folder, Long.getLong("kills.seed", 0)).run(Integer.getInteger("kills", 200));
        System.out.printf("%s; %d s%n", result, Math.round((System.nanoTime() - start) / 1e9));
    }
}
