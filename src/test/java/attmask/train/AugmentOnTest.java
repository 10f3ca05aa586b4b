package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.AugmentOn;
import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.TestConfig;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who makes the crops, how many threads load images and where a run was resumed changes no bit of what is learned. */
class AugmentOnTest {
    /** Two epochs of three steps. */
    private static final List<String> SETTINGS = List.of(
            "model.image=12",
            "model.patch=4",
            "model.width=16",
            "model.depth=1",
            "model.heads=1",
            "head.hidden=16",
            "head.bottleneck=8",
            "head.prototypes=32",
            "augmentation.localCrops=2",
            "augmentation.localSize=8",
            "data.shapesTrain=6",
            "data.shapesValidation=2",
            "run.epochs=2",
            "run.batch=2",
            "run.keepEvery=1",
            "run.evalEvery=0");

    @TempDir
    Path folder;

    private byte[] train(Backend backend, String name, AugmentOn augmentOn, int threads) throws IOException {
        return train(backend, name, augmentOn, threads, 1);
    }

    private byte[] train(Backend backend, String name, AugmentOn augmentOn, int threads, int parts) throws IOException {
        TrainConfig config = TestConfig.of(SETTINGS, "run.accumulate=" + parts);
        Path run = folder.resolve(name);
        boolean resume = Files.exists(run);
        try (backend;
                ProgressView view = new PlainProgress(System.out);
                Trainer trainer = new Trainer(
                        config,
                        backend,
                        resume ? RunDirectory.resume(run) : RunDirectory.create(run),
                        DataSets.open(config.data(), config.globalSize()),
                        view,
                        threads,
                        augmentOn)) {
            assertTrue(trainer.run(resume));
        }
        return Files.readAllBytes(run.resolve("checkpoint.safetensors"));
    }

    private static Backend emulated(long order) {
        return new CudaBackend(new EmulatedDriver(new Adversary(order, 0)));
    }

    @Test
    void checkpointsAreEqualByteForByte() throws IOException {
        byte[] expected = train(emulated(1), "loaded", AugmentOn.CPU, 1);
        assertArrayEquals(expected, train(emulated(2), "device", AugmentOn.DEVICE, 3));

        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        Path from = folder.resolve("device");
        Files.copy(from.resolve("checkpoint-0001.safetensors"), resumed.resolve("checkpoint.safetensors"));
        Files.copy(from.resolve("config.json"), resumed.resolve("config.json"));
        assertArrayEquals(expected, train(emulated(3), "resumed", AugmentOn.AUTO, 2));
    }

    @Test
    void stepsInParts() throws IOException {
        byte[] expected = train(new CpuBackend(1), "loaded", AugmentOn.CPU, 2, 2);
        assertArrayEquals(expected, train(new CpuBackend(2), "device", AugmentOn.DEVICE, 1, 2));
    }

    @Test
    void theCpuAsDevice() throws IOException {
        byte[] expected = train(new CpuBackend(1), "loaded", AugmentOn.AUTO, 2);
        assertArrayEquals(expected, train(new CpuBackend(2), "device", AugmentOn.DEVICE, 1));
        int steps = 0;
        for (String line : Files.readAllLines(folder.resolve("device").resolve("log.jsonl"))) {
            JsonNode entry = new ObjectMapper().readTree(line);
            if (entry.get("kind").asText().equals("step")) {
                assertTrue(entry.get("data_wait_ms").asDouble() >= 0, line);
                steps++;
            }
        }
        assertEquals(6, steps);
    }
}
