package attmask.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few of the kills that {@code make kills} makes many of. */
class KillTest {
    private static final int KILLS = 5;

    @TempDir
    Path folder;

    @Test
    void aRunThatIsKilledAndResumedEndsWithTheSameBytes() throws Exception {
        System.out.println(new Kills(folder, 1).run(KILLS));
    }
}
