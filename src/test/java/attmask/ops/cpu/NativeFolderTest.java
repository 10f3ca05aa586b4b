package attmask.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {
    @TempDir
    Path home;

    @BeforeEach
    void needsOwnersAndModes() {
        assumeTrue(
                home.getFileSystem().supportedFileAttributeViews().contains("unix"),
                "file system without owners and modes");
    }

    @Test
    void theUsualFolderIsMadeForThisUserAlone() throws IOException {
        Path usual = home.resolve("cache/natives");
        assertEquals(usual, NativeFolder.privateFolder(usual));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(usual)));
        assertEquals(usual, NativeFolder.privateFolder(usual));
    }

    @Test
    void whatOthersCanWriteIsNotUsed() throws IOException {
        Path planted = Files.createDirectory(home.resolve("planted"));
        for (String mode : new String[] {"rwxrwx---", "rwx----w-"}) {
            Files.setPosixFilePermissions(planted, PosixFilePermissions.fromString(mode));
            requireAnother(planted);
        }
    }

    @Test
    void aFolderThatOthersCanReplaceIsNotUsed() throws IOException {
        Path below = Files.createDirectories(home.resolve("open/natives"));
        Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwx------"));
        assertTrue(NativeFolder.isPrivate(below));
        Files.setPosixFilePermissions(below.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        requireAnother(below);
        // As /tmp is: others can add to it, and replace only what is theirs.
        Files.setAttribute(below.getParent(), "unix:mode", 01777);
        assertTrue(NativeFolder.isPrivate(below));
    }

    @Test
    void aLinkIsNotUsed() throws IOException {
        Path elsewhere = Files.createDirectory(home.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(home.resolve("link"), elsewhere);
        assertFalse(NativeFolder.isPrivate(link));
    }

    @Test
    void withoutAHomeThereIsATemporaryFolder() throws IOException {
        requireAnother(Files.createFile(home.resolve("file")).resolve("natives"));
    }

    private static void requireAnother(Path folder) throws IOException {
        Path other = NativeFolder.privateFolder(folder);
        assertNotEquals(folder, other);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(other)));
    }
}
