package attmask.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CublasSearchTest {
    @TempDir
    Path root;

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    private List<Path> search(Map<String, String> environment) {
        return CublasSearch.folders(root, environment, null);
    }

    @Test
    void anEmptyMachineHasNone() {
        assertEquals(List.of(), search(Map.of()));
    }

    @Test
    void whatTheUserNamesComesBeforeTheUsualPlaces() throws IOException {
        Path system = folder("usr/lib/x86_64-linux-gnu");
        Path toolkit = folder("usr/local/cuda/lib64");
        Path wheel = folder("home/me/venv/lib/python3.11/site-packages/nvidia/cublas/lib");
        Path environment = wheel.resolve("../../../../..").normalize();
        Path listed = folder("somewhere");
        Path home = folder("my/cuda/targets/x86_64-linux/lib");
        Map<String, String> variables = Map.of(
                "CUDA_HOME",
                root.resolve("my/cuda").toString(),
                "LD_LIBRARY_PATH",
                "relative::" + listed + ":" + root.resolve("absent") + ":" + listed,
                "VIRTUAL_ENV",
                root.resolve("home/me/venv").toString());
        assertEquals(List.of(home, listed, environment, wheel, toolkit, system), search(variables));
    }

    @Test
    void newerToolkitsAndPythonsComeFirst() throws IOException {
        Path old = folder("usr/local/cuda-12.9/lib64");
        Path recent = folder("usr/local/cuda-12.10/lib64");
        Path ninth = folder("usr/local/lib/python3.9/dist-packages/nvidia/cu13/lib");
        Path twelfth = folder("usr/local/lib/python3.12/site-packages/nvidia/cublas/lib");
        assertEquals(List.of(recent, old, twelfth, ninth), search(Map.of()));
    }

    @Test
    void aChosenFolderIsTheOnlyOne() throws IOException {
        folder("usr/local/cuda/lib64");
        Path chosen = folder("chosen");
        assertEquals(List.of(chosen), CublasSearch.folders(root, Map.of(), chosen.toString()));
        String absent = root.resolve("absent").toString();
        assertEquals(List.of(), CublasSearch.folders(root, Map.of(), absent));
    }
}
