package attmask.ops.cpu;

import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where JavaCPP unpacks the jar's libraries and loads them from. By itself it takes what it finds in the home folder, or
 * in a folder of known name in {@code /tmp} where anyone can put a library first; so it is given one that only this user
 * can write, and that lies in folders which nobody else can replace.
 */
final class NativeFolder {
    private static final List<String> CHOSEN_BY_USER =
            List.of("org.bytedeco.javacpp.cachedir", "org.bytedeco.javacpp.cacheDir");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS = PosixFilePermissions.fromString("----w--w-");
    private static final int STICKY = 01000;
    private static final Integer ROOT = 0;

    private NativeFolder() {}

    /**
     * Tells JavaCPP the folder, unless the user has with {@code -Dorg.bytedeco.javacpp.cachedir=DIR}.
     *
     * @throws UserException if there is none
     */
    static void choose() {
        if (CHOSEN_BY_USER.stream().allMatch(name -> System.getProperty(name) == null)) {
            Path usual = Path.of(System.getProperty("user.home"), ".cache", "attmask-jcuda");
            System.setProperty(CHOSEN_BY_USER.get(0), privateFolder(usual).toString());
        }
    }

    /** That folder if it is, or can be made, private; otherwise a new one, which goes when the program ends. */
    static Path privateFolder(Path usual) {
        try {
            if (isPrivate(made(usual))) {
                return usual;
            }
        } catch (IOException | UnsupportedOperationException e) {
            // A home folder that cannot be written, as in many containers.
            return temporary();
        }
        return temporary();
    }

    private static Path made(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder.getParent());
            if (hasOwners(folder.getParent())) {
                return Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            }
            Files.createDirectory(folder);
        }
        return folder;
    }

    private static boolean hasOwners(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("unix") && Files.exists(folder);
    }

    /** Whether nobody but this user and root can change the folder, or put another in its place. */
    static boolean isPrivate(Path folder) throws IOException {
        if (!hasOwners(folder)) {
            // Windows: the home folder's access list.
            return true;
        }
        Path probe = Files.createTempFile(folder, "probe", "");
        Object user = Files.getAttribute(probe, "unix:uid");
        Files.delete(probe);
        if (Files.isSymbolicLink(folder) || !user.equals(uid(folder)) || isWritableByOthers(folder)) {
            return false;
        }
        for (Path above = folder.toRealPath().getParent(); above != null; above = above.getParent()) {
            boolean owned = user.equals(uid(above)) || ROOT.equals(uid(above));
            boolean sticky = ((int) Files.getAttribute(above, "unix:mode") & STICKY) != 0;
            if (!owned || (isWritableByOthers(above) && !sticky)) {
                return false;
            }
        }
        return true;
    }

    private static Object uid(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isWritableByOthers(Path folder) throws IOException {
        return Files.getPosixFilePermissions(folder).stream().anyMatch(WRITABLE_BY_OTHERS::contains);
    }

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("attmask-jcuda-").toAbsolutePath(); // mode 0700
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException e) {
            throw new UserException(
                    "cannot unpack the libraries of the cpu backend (" + e.getMessage()
                            + "); name a folder for them with java -Dorg.bytedeco.javacpp.cachedir=DIR",
                    e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // What stays there is the user's own, and nobody is left to tell.
            return;
        }
    }
}
