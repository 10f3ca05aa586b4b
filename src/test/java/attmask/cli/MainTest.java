package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.jcuda.CudaMachine;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands as a user runs them, on a model and images small enough for a test. */
class MainTest {
    /** Two epochs of three steps. */
    private static final List<String> TINY = List.of(
            "--width=24",
            "--depth=2",
            "--heads=2",
            "--patch=8",
            "--epochs=2",
            "--batch-size=8",
            "--threads=2",
            "--set=head.hidden=16",
            "--set=head.bottleneck=8",
            "--set=head.prototypes=16",
            "--set=data.shapesTrain=24",
            "--set=data.shapesValidation=10",
            "--set=augmentation.localSize=16",
            "--set=optimizer.freezeLastLayer=1",
            "--set=model.dropPath=0.1",
            "--set=run.keepEvery=1");

    @TempDir
    Path folder;

    /** Exit code and what went to the error stream. */
    private record Outcome(int code, String out, String err) {}

    private static Outcome run(List<String> args) {
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int code = Main.execute(args.toArray(String[]::new));
            return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
    }

    private static Outcome train(Path output, String... more) {
        List<String> args = new ArrayList<>(List.of("train", "--output=" + output));
        args.addAll(TINY);
        args.addAll(List.of(more));
        return run(args);
    }

    private static byte[] checkpoint(Path output) throws IOException {
        return Files.readAllBytes(output.resolve("checkpoint.safetensors"));
    }

    @Test
    void aRunLeavesItsFolderAndGoesThroughKnnAndMasks() throws IOException {
        Path run = folder.resolve("run");
        Outcome trained = train(run);
        assertEquals(0, trained.code(), trained.err());
        assertTrue(Files.exists(run.resolve("config.json")));
        assertTrue(Files.exists(run.resolve("masks/epoch-000.png")));
        assertTrue(Files.exists(run.resolve("masks/epoch-002.png")));
        List<String> log = Files.readAllLines(run.resolve("log.jsonl"));
        assertEquals(9, log.size(), "one line before training, one for each step and one for each epoch: " + log);
        for (String field : List.of(
                "train_loss",
                "train_cls",
                "train_patch",
                "train_lr",
                "train_wd",
                "train_acc",
                "train_nmi",
                "train_ari",
                "train_fscore",
                "train_teacher_entropy",
                "train_mask_ratio",
                "images_per_s",
                "knn10_top1")) {
            assertTrue(log.get(8).contains("\"" + field + "\""), field + " is missing in " + log.get(8));
        }

        Outcome knn = run(List.of("knn", run.toString(), "--k=1,5", "--shots=1", "--threads=1"));
        assertTrue(knn.out().contains("top-1"), knn.out() + knn.err());
        Path picture = folder.resolve("picture.png");
        assertEquals(
                0,
                run(List.of("masks", run.toString(), "--count=3", "-o", picture.toString()))
                        .code());
        assertTrue(Files.size(picture) > 1000);
    }

    @Test
    void aResumedRunAndOneOnAnotherNumberOfThreadsEndWithTheSameBytes() throws IOException {
        Path whole = folder.resolve("whole");
        assertEquals(0, train(whole).code());

        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        Files.copy(whole.resolve("checkpoint-0001.safetensors"), resumed.resolve("checkpoint.safetensors"));
        Files.copy(whole.resolve("config.json"), resumed.resolve("config.json"));
        Outcome second = run(List.of("train", "--resume", "--output=" + resumed));
        assertEquals(0, second.code(), second.err());
        assertTrue(second.out().contains("resumed after step 3"), second.out());
        assertArrayEquals(checkpoint(whole), checkpoint(resumed));

        Path oneThread = folder.resolve("one");
        assertEquals(0, train(oneThread, "--threads=1").code());
        assertArrayEquals(checkpoint(whole), checkpoint(oneThread));
    }

    @Test
    void benchPrintsOneLineOfJson() throws IOException {
        Outcome bench = run(List.of(
                "bench",
                "step",
                "--config=tiny32-2+4",
                "--batch=2",
                "--warmup=0",
                "--runs=3",
                "--device=cpu",
                "--threads=1"));
        assertEquals(0, bench.code(), bench.err());
        assertEquals(1, bench.out().lines().count(), bench.out());
        JsonNode line = new ObjectMapper().readTree(bench.out());
        assertEquals("tiny32-2+4", line.get("config").textValue());
        double median = line.get("ms").doubleValue();
        assertEquals(2 / median * 1e3, line.get("images_per_s").doubleValue(), 0.01);
        assertTrue(line.get("ms_min").doubleValue() <= median
                && median <= line.get("ms_max").doubleValue());
    }

    @Test
    void everyStrategyTrains() {
        for (String strategy : List.of("hint", "low", "block", "random", "none")) {
            Outcome outcome = train(folder.resolve(strategy), "--mask=" + strategy, "--epochs=1");
            assertEquals(0, outcome.code(), strategy + ": " + outcome.err());
        }
        Outcome dino = train(folder.resolve("dino"), "--lambda2=0", "--mask=none", "--epochs=1");
        assertEquals(0, dino.code(), dino.err());
    }

    @Test
    void nonSquareImagesTrain() {
        Outcome outcome = train(folder.resolve("wide"), "--image-size=16x32", "--epochs=1");
        assertEquals(0, outcome.code(), outcome.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | train --no-such-option",
                "1 | train --mask-ratio=1.5",
                "1 | train --width=100 --heads=3",
                "1 | train --image-size=2",
                "1 | train --set=mask.nothing=1",
                "1 | train --data=/no/such/folder --output=FOLDER/a",
                "1 | train --data=FOLDER --output=FOLDER/a",
                "1 | train --resume --output=FOLDER/none",
                "1 | train --output=/proc/none/run",
                "1 | train --config=FOLDER/none.json",
                "1 | knn FOLDER/none.safetensors",
                "1 | knn FOLDER",
                "1 | masks FOLDER/none.safetensors",
                "1 | verify --device=tpu",
                "1 | verify --cases=FOLDER",
                "1 | presets nothing",
                "1 | bench step --config=huge",
                "1 | bench step --batch=0",
                "2 | bench kernels",
                "2 | knn",
                "2 | nonsense",
            })
    void badInputIsOneLineWithoutATrace(int code, String line) {
        Outcome outcome =
                run(List.of(line.trim().replace("FOLDER", folder.toString()).split(" ")));
        assertEquals(code, outcome.code(), outcome.err());
        assertTrue(outcome.err().startsWith("error: "), outcome.err());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
        assertTrue(code == 2 || outcome.err().strip().lines().count() == 1, outcome.err());
    }

    @Test
    void aFullFolderAndAnotherModelAreRefused() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, train(run, "--epochs=1").code());
        byte[] before = checkpoint(run);
        Outcome again = train(run, "--epochs=1");
        assertEquals(1, again.code());
        assertTrue(again.err().contains("already holds a run"), again.err());
        Outcome other = run(List.of("train", "--resume", "--output=" + run, "--width=48"));
        assertEquals(1, other.code());
        assertTrue(other.err().contains("model.width"), other.err());
        assertArrayEquals(before, checkpoint(run));
    }

    @Test
    void doctorTellsWhatThereIs() {
        Outcome doctor = run(List.of("doctor"));
        assertEquals(0, doctor.code(), doctor.err());
        assertEquals("", doctor.err());
        assertTrue(doctor.out().contains("oneDNN"), doctor.out());
        String cuda = CudaMachine.probe().missing() == null
                ? "ready"
                : CudaMachine.probe().missing();
        assertTrue(
                doctor.out().lines().anyMatch(line -> line.startsWith("cuda ") && line.contains(cuda)), doctor.out());
    }

    @Test
    void withoutAGpuAutoSaysSoAndCudaFailsInOneLine() {
        String missing = CudaMachine.probe().missing();
        Assumptions.assumeTrue(missing != null, "this machine has a GPU and all that it needs");
        Outcome auto = train(folder.resolve("auto"), "--device=auto", "--epochs=1");
        assertEquals(0, auto.code(), auto.err());
        assertTrue(auto.out().contains("device   cpu (auto, without CUDA: " + missing), auto.out());
        for (String command : List.of(
                "train --output=" + folder.resolve("cuda"),
                "verify",
                "verify --precision=tf32",
                "verify --cuda-sync")) {
            Outcome cuda = run(List.of((command + " --device=cuda").split(" ")));
            assertEquals(1, cuda.code());
            assertTrue(cuda.err().startsWith("error: --device cuda: " + missing), cuda.err());
            assertEquals(1, cuda.err().strip().lines().count());
        }
        assertFalse(Files.exists(folder.resolve("cuda")));
    }

    @Test
    void helpNamesTheCommands() {
        Outcome help = run(List.of());
        assertEquals(0, help.code());
        for (String command : List.of("train", "knn", "masks", "verify", "presets", "doctor")) {
            assertTrue(help.out().contains(command), help.out());
            assertEquals(0, run(List.of(command, "--help")).code());
        }
    }
}
