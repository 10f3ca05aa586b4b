package attmask.cuda.jcuda;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import jcuda.JCudaVersion;
import jcuda.LibUtils;

/**
 * JCuda's native libraries, which the jar carries. JCuda itself would load {@code java.io.tmpdir/NAME} if such a file
 * is there already, and anyone can put one into {@code /tmp}; so it is given a folder that only this user can write.
 */
final class JniLibrary {
    private static final String TMPDIR = "java.io.tmpdir";
    private static final String PLATFORM = "linux-x86_64";

    private JniLibrary() {}

    /** Whether the jar has libraries for this machine. */
    static boolean supported() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return System.getProperty("os.name").startsWith("Linux") && (arch.equals("amd64") || arch.equals("x86_64"));
    }

    private static String file(String name) {
        return "lib" + name + "-" + JCudaVersion.get() + "-" + PLATFORM + ".so";
    }

    /** @param name such as {@code JCudaDriver} */
    static byte[] bytes(String name) throws IOException {
        try (InputStream in = LibUtils.class.getResourceAsStream("/lib/" + file(name))) {
            if (in == null) {
                throw new FileNotFoundException("the jar has no lib/" + file(name) + "; build it again");
            }
            return in.readAllBytes();
        }
    }

    /**
     * Loads a library and runs the class initialiser that would otherwise have loaded it. If loading fails, the
     * initialiser was not touched, and another try may follow.
     *
     * @throws UnsatisfiedLinkError if a library that it needs is missing
     */
    static synchronized void load(String name, byte[] library, Runnable initialiser) throws IOException {
        Path folder = Files.createTempDirectory("attmask-jcuda-").toAbsolutePath(); // mode 0700
        Path file = folder.resolve(file(name));
        String before = System.getProperty(TMPDIR);
        try {
            Files.write(file, library);
            System.load(file.toString());
            System.setProperty(TMPDIR, folder.toString());
            initialiser.run();
        } finally {
            System.setProperty(TMPDIR, before);
            // What is loaded stays loaded.
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    /** One line of what a failed load says, without the name of the file that is gone. */
    static String reason(Throwable failure) {
        String text =
                String.valueOf(failure.getMessage()).strip().lines().findFirst().orElse("");
        if (text.contains("failed to map segment")) {
            return "the folder for temporary files does not allow programs; name another one with java -D" + TMPDIR
                    + "=DIR";
        }
        return text.replaceFirst("^\\S*/attmask-jcuda-\\S+: ", "");
    }
}
