package attmask.cuda.jcuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a cuBLAS may lie that the dynamic loader does not know of. */
final class CublasSearch {
    /** Folders to search instead of all others, as {@code -Dattmask.cublas=DIR}. */
    static final String PROPERTY = "attmask.cublas";

    /** Below a CUDA toolkit. */
    private static final List<String> TOOLKIT = List.of("lib64", "lib", "targets/x86_64-linux/lib");

    /** Below a Python's packages: the wheels of CUDA 12 and of 13. */
    private static final List<String> WHEEL = List.of("nvidia/cublas/lib", "nvidia/cu13/lib");

    private final Path root;
    private final Map<String, String> environment;
    private final Set<Path> folders = new LinkedHashSet<>();

    private CublasSearch(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = environment;
    }

    /**
     * Folders that exist, best first: those named by CUDA_HOME and CUDA_PATH, of LD_LIBRARY_PATH, of the active Python
     * or conda environment, of toolkits in the usual places (newest first), of the system, of its Pythons.
     *
     * @param root the file system's; another one in tests
     * @param chosen value of {@link #PROPERTY}: only these, or null
     */
    static List<Path> folders(Path root, Map<String, String> environment, String chosen) {
        CublasSearch search = new CublasSearch(root, environment);
        if (chosen != null) {
            search.addAll(chosen);
        } else {
            search.addUsual();
        }
        return List.copyOf(search.folders);
    }

    private void addUsual() {
        addBelow(named("CUDA_HOME"), TOOLKIT);
        addBelow(named("CUDA_PATH"), TOOLKIT);
        addAll(environment.getOrDefault("LD_LIBRARY_PATH", ""));
        for (String active : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            for (Path prefix : named(active)) {
                add(prefix.resolve("lib"));
                addPython(prefix);
            }
        }
        addBelow(List.of(root.resolve("usr/local/cuda")), TOOLKIT);
        addBelow(matching(root.resolve("usr/local"), "cuda-*"), TOOLKIT);
        addBelow(List.of(root.resolve("opt/cuda")), TOOLKIT);
        add(root.resolve("usr/lib/x86_64-linux-gnu"));
        add(root.resolve("usr/lib64"));
        addPython(root.resolve("usr/local"));
        addPython(root.resolve("usr"));
        for (Path home : named("HOME")) {
            addPython(home.resolve(".local"));
        }
    }

    private List<Path> named(String variable) {
        String value = environment.getOrDefault(variable, "");
        return value.startsWith("/") ? List.of(Path.of(value)) : List.of();
    }

    private void addPython(Path prefix) {
        for (Path python : matching(prefix.resolve("lib"), "python3*")) {
            addBelow(List.of(python.resolve("site-packages"), python.resolve("dist-packages")), WHEEL);
        }
    }

    private void addAll(String paths) {
        for (String path : paths.split(File.pathSeparator)) {
            try {
                if (!path.isEmpty()) {
                    add(Path.of(path));
                }
            } catch (InvalidPathException e) {
                continue; // the loader would skip it too
            }
        }
    }

    private void addBelow(List<Path> bases, List<String> names) {
        for (Path base : bases) {
            for (String name : names) {
                add(base.resolve(name));
            }
        }
    }

    private void add(Path folder) {
        if (folder.isAbsolute() && Files.isDirectory(folder)) {
            folders.add(folder.normalize());
        }
    }

    /** Entries of a folder, highest version first. */
    private static List<Path> matching(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
                entries.forEach(found::add);
            } catch (IOException e) {
                return List.of(); // a folder that may not be read
            }
        }
        found.sort(Comparator.comparing(CublasSearch::version).reversed());
        return found;
    }

    /** {@code cuda-12.10} after {@code cuda-12.9}: numbers padded to one width. */
    private static String version(Path path) {
        StringBuilder key = new StringBuilder();
        for (String part : path.getFileName().toString().split("\\D+")) {
            key.append("0".repeat(Math.max(0, 8 - part.length()))).append(part);
        }
        return key.toString();
    }
}
