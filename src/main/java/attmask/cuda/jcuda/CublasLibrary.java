package attmask.cuda.jcuda;

import static jcuda.jcublas.JCublas2.cublasGetProperty;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import jcuda.jcublas.JCublas2;
import jcuda.libraryPropertyType;

/**
 * The cuBLAS of this machine, bound to JCuda.
 *
 * @param version such as {@code 12.6.4}
 * @param from the file, or what the dynamic loader was asked for
 * @param missing one line saying why there is none; null when there is
 */
record CublasLibrary(String version, String from, String missing) {
    private static final String BINDING = "JCublas2";

    /** The version that JCuda is linked with. */
    private static final int LINKED = 12;

    private static final int NEWEST = 13;

    /**
     * Binds the first that loads: cuBLAS 12 before 13, known folders before what the dynamic loader finds.
     *
     * @param cuda the newest CUDA that the driver runs, such as 12
     */
    static CublasLibrary bind(int cuda) {
        String chosen = System.getProperty(CublasSearch.PROPERTY);
        List<Path> folders = CublasSearch.folders(Path.of("/"), System.getenv(), chosen);
        StringJoiner reasons = new StringJoiner("; ", " (", ")").setEmptyValue("");
        for (int major = LINKED; major <= NEWEST; major++) {
            String name = name(major);
            for (String candidate : candidates(folders, name, chosen == null && major <= cuda)) {
                if (major > cuda) {
                    reasons.add(candidate + " needs a newer driver, this one runs CUDA " + cuda);
                    continue;
                }
                try {
                    load(candidate, major);
                    return new CublasLibrary(ask(), candidate, null);
                } catch (LinkageError | RuntimeException | IOException e) {
                    reasons.add(JniLibrary.reason(e));
                }
            }
        }
        String where = chosen == null
                ? "install the CUDA toolkit's libraries or name their folder with java -D" + CublasSearch.PROPERTY
                        + "=DIR"
                : "-D" + CublasSearch.PROPERTY + "=" + chosen + " must name its folder";
        return new CublasLibrary(null, null, "no cuBLAS 12 or 13" + reasons + "; " + where);
    }

    private static String name(int major) {
        return "libcublas.so." + major;
    }

    /** Paths, and at last the bare name if the dynamic loader is to look for it. */
    private static List<String> candidates(List<Path> folders, String name, boolean loader) {
        List<String> found = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.exists(folder.resolve(name))) {
                found.add(folder.resolve(name).toString());
            }
        }
        if (loader) {
            found.add(name);
        }
        return found;
    }

    /** Once a library is loaded by its path, whatever needs a library of its name gets that one. */
    private static void load(String candidate, int major) throws IOException {
        if (candidate.startsWith("/")) {
            Path light = Path.of(candidate).resolveSibling("libcublasLt.so." + major);
            if (Files.exists(light)) {
                System.load(light.toString());
            }
            System.load(candidate);
        }
        byte[] library = JniLibrary.bytes(BINDING);
        byte[] bound = major == LINKED ? library : ElfLibrary.retarget(library, name(LINKED), name(major));
        JniLibrary.load(BINDING, bound, JCublas2::initialize);
    }

    private static String ask() {
        StringJoiner version = new StringJoiner(".");
        for (int part : new int[] {
            libraryPropertyType.MAJOR_VERSION, libraryPropertyType.MINOR_VERSION, libraryPropertyType.PATCH_LEVEL
        }) {
            int[] value = new int[1];
            cublasGetProperty(part, value);
            version.add(Integer.toString(value[0]));
        }
        return version.toString();
    }
}
