package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.SafeTensors;
import attmask.checkpoint.exchange.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights in and out as a user brings them. */
class ImportExportTest {
    /** A run with the fixture's model. */
    private static final List<String> RUN = List.of(
            "--width=8",
            "--depth=2",
            "--heads=2",
            "--patch=4",
            "--mlp-ratio=2",
            "--image-size=8",
            "--epochs=1",
            "--batch=4",
            "--threads=1",
            "--local-crops=0",
            "--head-hidden=6",
            "--head-bottleneck=4",
            "--prototypes=5",
            "--norm-last-layer=false",
            "--set=data.shapesTrain=8",
            "--set=data.shapesValidation=4",
            "--device=cpu");

    @TempDir
    Path folder;

    private static Outcome run(Object... arguments) {
        return Outcome.of(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static Outcome train(Object... more) {
        List<Object> line = new ArrayList<>(List.of("train"));
        line.addAll(RUN);
        line.addAll(List.of(more));
        return run(line.toArray());
    }

    @Test
    void importSaysWhatItFoundAndTheResultServesEverything() throws IOException {
        Path file = Fixtures.copy("full.pth", folder);
        Outcome imported = run("import", file, "--heads", 2);
        assertEquals(0, imported.code(), imported.err());
        Path checkpoint = folder.resolve("full.safetensors");
        for (String line : List.of(
                "read     " + file + ": PyTorch zip archive",
                "model    ViT width 8, depth 2, heads 2, patch 4 on 8 px, MLP ratio 2: 1,656 parameters",
                "head     6, 6, 4, then 5 prototypes for [CLS] and patches",
                "teacher  backbone, head",
                "student  backbone, head, mask token",
                "centers  cls, patch",
                "left out optimizer, epoch, args",
                "wrote    " + checkpoint)) {
            assertTrue(imported.out().contains(line + System.lineSeparator()), line + " is not in " + imported.out());
        }
        Outcome knn = run("knn", checkpoint, "--k=1", "--device=cpu", "--threads=1", "--subset=2");
        assertEquals(0, knn.code(), knn.err());
        Path picture = folder.resolve("masks.png");
        Outcome masks = run("masks", checkpoint, "-o", picture, "--device=cpu", "--count=2");
        assertEquals(0, masks.code(), masks.err());
        assertTrue(Files.exists(picture));

        Path output = folder.resolve("run");
        Outcome trained = train("--init", checkpoint, "--output", output);
        assertEquals(0, trained.code(), trained.err());
        assertTrue(trained.out().contains("started from " + checkpoint + " (both networks, heads)"), trained.out());
        Outcome again = train(
                "--init", output.resolve("checkpoint.safetensors"), "--output", folder.resolve("2"), "--image-size=12");
        assertEquals(0, again.code(), again.err());
        assertTrue(again.out().contains("positions resized from 2x2 to 3x3"), again.out());
    }

    @Test
    void aRunStartsFromTheWeightsAndResumesWithoutThem() throws IOException {
        Path checkpoint = Fixtures.imported(Fixtures.copy("full.pth", folder), Fixtures.HEADS);
        Path whole = folder.resolve("whole");
        Path drawn = folder.resolve("drawn");
        assertEquals(0, train("--init", checkpoint, "--output", whole).code());
        assertEquals(0, train("--output", drawn).code());
        Outcome resumed = train("--resume", "--output", whole);
        assertEquals(0, resumed.code(), resumed.err());
        assertFalse(resumed.out().contains("started from"), resumed.out());
        try (SafeTensors started = SafeTensors.open(whole.resolve("checkpoint.safetensors"));
                SafeTensors anew = SafeTensors.open(drawn.resolve("checkpoint.safetensors"))) {
            double distance = 0;
            for (int i = 0; i < 8; i++) {
                distance += Math.abs(started.floats("teacher/norm.bias")[i] - anew.floats("teacher/norm.bias")[i]);
            }
            assertTrue(distance > 0.1, "it did not start from the weights");
        }
    }

    @Test
    void anExportedRunComesBackAsItWas() throws IOException {
        Path output = folder.resolve("run");
        assertEquals(0, train("--output", output).code());
        Path original = folder.resolve("original.safetensors");
        Path back = folder.resolve("back.safetensors");
        assertEquals(
                0, run("export", output, "--format", "original", "-o", original).code());
        Outcome imported = run("import", original, "--heads", 2, "-o", back);
        assertEquals(0, imported.code(), imported.err());
        assertFalse(imported.out().contains("left out"), imported.out());
        try (SafeTensors run = SafeTensors.open(output.resolve("checkpoint.safetensors"));
                SafeTensors returned = SafeTensors.open(back)) {
            for (String name : returned.names()) {
                assertEquals(run.shape(name), returned.shape(name), name);
                assertArrayEquals(run.floats(name), returned.floats(name), name);
            }
            assertTrue(returned.names().size() > 60);
        }
        Path onnx = folder.resolve("model.onnx");
        Outcome exported = run("export", output, "--format", "onnx", "--dynamic-size", "-o", onnx);
        assertEquals("wrote " + onnx + System.lineSeparator(), exported.out(), exported.err());
        assertTrue(Files.size(onnx) > 4 * 1656);
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        Path file = Fixtures.copy("full.pth", folder);
        Path checkpoint = Fixtures.imported(file, Fixtures.HEADS);
        fails("no multiple of 64", "import", file);
        fails("--heads is -1", "import", file, "--heads=-1");
        fails("an image size is \"big\"", "import", file, "--image-size=big");
        fails("no such file", "import", folder.resolve("none.pth"));
        fails("it is a folder", "import", folder, "-o", folder.resolve("x"));
        fails(
                "is not a checkpoint of this program",
                "export",
                Fixtures.copy("expected.safetensors", folder),
                "--format=timm",
                "-o",
                folder.resolve("x"));
        fails("bring it in first with: import", "knn", file);
        fails("bring it in first with: import", "export", file, "--format=onnx", "-o", folder.resolve("x"));
        fails(
                "--dynamic-size is for --format onnx",
                "export",
                checkpoint,
                "--format=timm",
                "--dynamic-size",
                "-o",
                folder.resolve("x"));
        fails("cannot write", "export", checkpoint, "--format=onnx", "-o", folder.resolve("no/x.onnx"));
        fails("false without run.init", "train", "--fresh-head", "--output", folder.resolve("r"));
        fails("no such file", "train", "--init", folder.resolve("none"), "--output", folder.resolve("r"));
        Files.createFile(folder.resolve("full.safetensors"));
        fails("exists already; name the checkpoint with -o", "import", file, "--heads=2");
        assertEquals(2, run("export", checkpoint, "-o", folder.resolve("x")).code());
        assertFalse(Files.exists(folder.resolve("x")));
    }

    private static void fails(String complaint, Object... arguments) {
        Outcome outcome = run(arguments);
        assertEquals(1, outcome.code(), outcome.out());
        assertTrue(outcome.err().startsWith("error: "), outcome.err());
        assertTrue(outcome.err().contains(complaint), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }
}
