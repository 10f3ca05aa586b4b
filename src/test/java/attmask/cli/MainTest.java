package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.SafeTensors;
import attmask.cuda.jcuda.CudaMachine;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    private static Outcome run(List<String> args) {
        return Outcome.of(args.toArray(String[]::new));
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

        evaluations(run);
        Path picture = folder.resolve("picture.png");
        assertEquals(
                0,
                run(List.of("masks", run.toString(), "--count=3", "-o", picture.toString()))
                        .code());
        assertTrue(Files.size(picture) > 1000);
    }

    private void evaluations(Path run) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Path knn = folder.resolve("knn.json");
        assertEquals(
                0,
                run(List.of("knn", run.toString(), "--k=5,1", "--output=" + knn))
                        .code());
        JsonNode results = json.readTree(knn.toFile());
        assertEquals("knn", results.get("evaluation").asText());
        assertEquals(10, results.get("query_images").asInt());
        assertEquals(5, results.get("results").get(0).get("k").asInt());
        assertTrue(results.get("results").get(1).get("top1").isDouble());

        Path clusters = folder.resolve("clusters.json");
        Outcome clustered =
                run(List.of("cluster", run.toString(), "--split=train", "--kmeans=3", "--output=" + clusters));
        assertEquals(0, clustered.code(), clustered.err());
        assertTrue(clustered.out().contains("fowlkes_mallows"), clustered.out());
        JsonNode rows = json.readTree(clusters.toFile()).get("results");
        assertEquals("prototypes", rows.get(0).get("by").asText());
        assertEquals(16, rows.get(0).get("of").asInt());
        assertTrue(rows.get(0).get("clusters").asInt() <= 16);
        assertEquals(3, rows.get(1).get("clusters").asInt());
        assertEquals(10, rows.get(1).get("classes").asInt());

        Path features = folder.resolve("features.npy");
        for (String kind : List.of("cls", "patches", "both", "logits")) {
            Outcome embedded = run(List.of("embed", run.toString(), "--features=" + kind, "-o", features.toString()));
            assertEquals(0, embedded.code(), embedded.err());
            int width =
                    Map.of("cls", 24, "patches", 24, "both", 48, "logits", 16).get(kind);
            assertEquals(128 + 10 * width * 4, Files.size(features), kind);
        }
        assertEquals(11, Files.readAllLines(folder.resolve("features.csv")).size());
    }

    /** Two folders of classes have the same labels only if they have the same classes. */
    @Test
    void knnMatchesClassesByName() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, train(run, "--epochs=1").code());
        for (String image : List.of("bank/ant", "bank/bee", "bank/cat", "some/bee", "some/cat", "other/dog")) {
            Path file = folder.resolve(image).resolve("1.png");
            Files.createDirectories(file.getParent());
            BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 32 * 32; i++) {
                picture.setRGB(
                        i % 32, i / 32, image.substring(image.length() - 3).hashCode() * (i + 7) * 31);
            }
            ImageIO.write(picture, "png", file.toFile());
        }
        List<String> knn = List.of("knn", run.toString(), "--k=1", "--bank=" + folder.resolve("bank"));
        Outcome some = run(with(knn, "--queries=" + folder.resolve("some"), "--subset=1"));
        assertEquals(0, some.code(), some.err());
        assertTrue(some.out().contains("100.00"), some.out());
        Outcome other = run(with(knn, "--queries=" + folder.resolve("other")));
        assertEquals(1, other.code());
        assertTrue(other.err().contains("class dog has no counterpart"), other.err());
        Outcome few = run(with(knn, "--queries=" + folder.resolve("some"), "--shots=1"));
        assertEquals(1, few.code());
        assertTrue(few.err().contains("class ant has 1 images"), few.err());
        Outcome unlabelled = run(List.of("cluster", run.toString(), "--data=" + folder.resolve("some/bee")));
        assertEquals(1, unlabelled.code());
        assertTrue(unlabelled.err().contains("have none"), unlabelled.err());
    }

    private static List<String> with(List<String> args, String... more) {
        List<String> all = new ArrayList<>(args);
        all.addAll(List.of(more));
        return all;
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

        Path newest = resumed.resolve("checkpoint.safetensors");
        Outcome knn = run(List.of("knn", resumed.toString(), "--k=1"));
        assertEquals("", knn.err());
        Files.write(newest, new byte[100]);
        Outcome before = run(List.of("knn", resumed.toString(), "--k=1"));
        assertEquals(0, before.code(), before.err());
        assertTrue(before.err().startsWith("note: " + newest), before.err());
        assertEquals(1, before.err().strip().lines().count());

        Path oneThread = folder.resolve("one");
        assertEquals(0, train(oneThread, "--threads=1").code());
        assertArrayEquals(checkpoint(whole), checkpoint(oneThread));
    }

    /** The same for methods with other losses; their checkpoints have all that learns, and the log has its loss. */
    @ParameterizedTest
    @CsvSource({"dino, high, cls", "mst, mst, restoration", "mst, hint, restoration"})
    void otherMethodsResumeToTheSameBytesToo(String method, String mask, String loss) throws IOException {
        Path whole = folder.resolve("whole");
        Outcome trained = train(whole, "--method=" + method, "--mask=" + mask);
        assertEquals(0, trained.code(), trained.err());
        assertTrue(trained.out().contains(loss + " "), trained.out());
        for (String line : Files.readAllLines(whole.resolve("log.jsonl"))) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.get("kind").textValue().equals("epoch")) {
                assertTrue(json.get("train_" + loss).doubleValue() > 0, line);
                assertEquals(0, json.get("train_patch").doubleValue(), line);
                assertTrue(json.get("train_mask_ratio").doubleValue() > 0, line);
            }
        }
        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        Files.copy(whole.resolve("checkpoint-0001.safetensors"), resumed.resolve("checkpoint.safetensors"));
        Files.copy(whole.resolve("config.json"), resumed.resolve("config.json"));
        Outcome second = run(List.of("train", "--resume", "--output=" + resumed, "--threads=1"));
        assertEquals(0, second.code(), second.err());
        assertArrayEquals(checkpoint(whole), checkpoint(resumed));
        try (SafeTensors file = SafeTensors.open(resumed.resolve("checkpoint.safetensors"))) {
            assertEquals(method.equals("mst"), file.has("student/decoder.2.weight"));
            assertEquals(method.equals("mst"), file.has("optimizer/second/decoder.2.weight"));
            assertFalse(file.has("teacher/decoder.2.weight"));
        }
        assertEquals(
                0,
                run(List.of("knn", resumed.toString(), "--k=1", "--threads=1")).code());
        Outcome other = run(List.of("train", "--resume", "--output=" + resumed, "--method=ibot", "--lambda2=0"));
        assertEquals(1, other.code());
        assertTrue(other.err().contains("loss.") && other.err().lines().count() == 1, other.err());
    }

    /** Every tensor of the checkpoint, with masks and without. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "high"})
    void dinoIsIbotWithoutPatchLossBitForBit(String mask) {
        Path dino = folder.resolve("dino");
        Path ibot = folder.resolve("ibot");
        assertEquals(0, train(dino, "--method=dino", "--mask=" + mask).code());
        assertEquals(
                0, train(ibot, "--method=ibot", "--lambda2=0", "--mask=" + mask).code());
        try (SafeTensors one = SafeTensors.open(dino.resolve("checkpoint.safetensors"));
                SafeTensors two = SafeTensors.open(ibot.resolve("checkpoint.safetensors"))) {
            assertEquals(one.names(), two.names());
            for (String name : one.names()) {
                if (name.startsWith("optimizer/steps") || name.startsWith("epoch/")) {
                    assertArrayEquals(one.ints(name), two.ints(name), name);
                } else {
                    assertArrayEquals(one.doubles(name), two.doubles(name), name);
                }
            }
        }
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
    void benchDataPrintsOneLineOfJson() throws IOException {
        Outcome bench = run(List.of(
                "bench", "data", "--images=7", "--threads=2", "--seconds=0.05", "--warmup=0", "--local-crops=3"));
        assertEquals(0, bench.code(), bench.err());
        assertEquals(1, bench.out().lines().count(), bench.out());
        JsonNode line = new ObjectMapper().readTree(bench.out());
        assertEquals(7, line.get("images").intValue());
        assertEquals(2, line.get("threads").intValue());
        assertTrue(line.get("local").textValue().startsWith("3x"), bench.out());
        for (String rate : List.of("decode_images_per_s", "augment_images_per_s", "images_per_s", "cpu_ms")) {
            assertTrue(line.get(rate).doubleValue() > 0, bench.out());
        }
    }

    @Test
    void benchNamesWhatItCanMeasureAndRefusesTimesThatAreNone() {
        Outcome nothing = run(List.of("bench"));
        assertEquals(2, nothing.code());
        assertTrue(nothing.err().contains("step or data"), nothing.err());
        Outcome noTime = run(List.of("bench", "data", "--seconds=NaN"));
        assertEquals(1, noTime.code());
        assertTrue(noTime.err().contains("--seconds must be above 0"), noTime.err());
    }

    @Test
    void everyStrategyTrains() {
        for (String strategy : List.of("hint", "low", "block", "random", "mst", "none")) {
            Outcome outcome = train(folder.resolve(strategy), "--mask=" + strategy, "--epochs=1");
            assertEquals(0, outcome.code(), strategy + ": " + outcome.err());
        }
        Outcome dino = train(folder.resolve("dino"), "--lambda2=0", "--mask=none", "--epochs=1");
        assertEquals(0, dino.code(), dino.err());
    }

    @Test
    void compareGoesThroughItsRunsAndShowsThemAgain() {
        List<String> line = new ArrayList<>(List.of("compare", "--output=" + folder.resolve("compared")));
        line.addAll(TINY);
        line.addAll(List.of("--masks=block,random:0.75", "--methods=ibot,dino", "--seeds=1", "--linear-epochs=1"));
        Outcome compared = run(line);
        assertEquals(0, compared.code(), compared.err());
        assertTrue(compared.out().contains("[4/4 dino-random-0.75-100pct-seed1] begins"), compared.out());
        assertTrue(compared.out().contains("## Difference to ibot block"), compared.out());

        Outcome status = run(List.of("compare", "--status=" + folder.resolve("compared"), "--baseline=dino block"));
        assertEquals(0, status.code(), status.err());
        assertTrue(status.out().contains("4 of 4 runs are done"), status.out());
        assertTrue(status.out().contains("## Difference to dino block"), status.out());

        line.add("--epochs=3");
        Outcome other = run(line);
        assertEquals(1, other.code(), other.out());
        assertTrue(other.err().contains("run.epochs is 2, not 3"), other.err());
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
                "1 | train --method=simclr",
                "1 | train --method=dino --lambda2=1",
                "1 | train --method=mst --mask=none",
                "1 | train --method=mst --image-size=8 --local-size=4",
                "1 | train --restoration-weight=1",
                "1 | train --image-size=2",
                "1 | train --set=mask.nothing=1",
                "1 | train --data=/no/such/folder --output=FOLDER/a",
                "1 | train --data=FOLDER --output=FOLDER/a",
                "1 | train --batch=100000 --output=FOLDER/a",
                "1 | train --set=data.shapesTrain=70 --set=data.shapesValidation=1 --init=pom.xml --output=FOLDER/a/b",
                "1 | train --output=pom.xml/a",
                "1 | train --resume --output=FOLDER/none",
                "1 | train --output=/proc/none/run",
                "1 | train --config=FOLDER/none.json",
                "2 | compare --mask=high",
                "1 | compare --set=mask.strategy=high --output=FOLDER/c",
                "1 | compare --masks=nothing --output=FOLDER/c",
                "1 | compare --masks=random:2 --output=FOLDER/c",
                "1 | compare --methods=mae --output=FOLDER/c",
                "1 | compare --percent=0 --output=FOLDER/c",
                "1 | compare --percent=0.0001 --batch=64 --output=FOLDER/c",
                "2 | compare --seeds=a",
                "1 | compare --baseline=nothing --output=FOLDER/c",
                "1 | compare --status=FOLDER/none",
                "1 | compare --data=/no/such/folder --output=FOLDER/c",
                "1 | compare --output=/proc/none/run",
                "1 | knn FOLDER/none.safetensors",
                "1 | knn FOLDER",
                "1 | masks FOLDER/none.safetensors",
                "1 | verify --device=tpu",
                "1 | verify --cases=FOLDER",
                "1 | presets nothing",
                "1 | bench step --config=huge",
                "1 | bench step --batch=0",
                "1 | bench step --batch=8 --accumulate=3",
                "2 | verify --cuda-graph=maybe",
                "2 | bench kernels",
                "1 | cluster FOLDER",
                "1 | embed FOLDER/none.safetensors -o FOLDER/f.npy",
                "1 | embed FOLDER/none.safetensors -o FOLDER/f.parquet",
                "1 | knn FOLDER/none.safetensors --output FOLDER/no/such/folder.json",
                "2 | embed FOLDER",
                "2 | knn",
                "2 | nonsense",
            })
    void badInputIsOneLineWithoutATraceAndLeavesNothing(int code, String line) throws IOException {
        Outcome outcome =
                run(List.of(line.trim().replace("FOLDER", folder.toString()).split(" ")));
        assertEquals(code, outcome.code(), outcome.err());
        assertTrue(outcome.err().startsWith("error: "), outcome.err());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
        assertTrue(code == 2 || outcome.err().strip().lines().count() == 1, outcome.err());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
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
                "verify --cuda-sync",
                "verify --cuda-graph=off",
                "verify --cuda-graph=on --cuda-sync")) {
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
        for (String command : List.of("train", "knn", "cluster", "embed", "masks", "verify", "presets", "doctor")) {
            assertTrue(help.out().contains(command), help.out());
            assertEquals(0, run(List.of(command, "--help")).code());
        }
    }
}
