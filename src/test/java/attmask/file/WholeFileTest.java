package attmask.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    Path folder;

    @Test
    void aLinkThatLiesInWaitIsNotFollowed() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "of somebody");
        Path path = folder.resolve("a.bin");
        Files.createSymbolicLink(folder.resolve("a.bin.tmp"), other);
        WholeFile.write(path, out -> out.write('1'));
        assertEquals("1", Files.readString(path));
        assertEquals("of somebody", Files.readString(other));
    }

    @Test
    void aFullDiskIsOneLineAndLeavesTheOldFile() throws IOException {
        Path path = folder.resolve("a.bin");
        Files.writeString(path, "old");
        FullDisk.of(path);
        UserException e = assertThrows(UserException.class, () -> WholeFile.write(path, out -> out.write(1)));
        assertTrue(e.getMessage().startsWith("cannot write " + path + ": No space left"), e.getMessage());
        assertEquals("old", Files.readString(path));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList());
        }
    }
}
