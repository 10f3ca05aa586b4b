package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ConfigLoader;
import attmask.config.Precision;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.cuda.GraphDriver;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.DriverCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training with CUDA graphs, executed without a GPU, is training without them, bit for bit. */
class GraphTrainingTest {
    /**
     * Five epochs of four steps. All that changes on the way does: the first epoch has no masks, the last layer is frozen
     * for two, the teacher's temperatures rise for four; rates, momenta and numbers of masked tokens change each step.
     */
    private static final List<String> SETTINGS = List.of(
            "model.image=16",
            "model.patch=4",
            "model.width=16",
            "model.depth=3",
            "model.heads=2",
            "model.dropPath=0.2",
            "head.hidden=16",
            "head.bottleneck=8",
            "head.prototypes=32",
            "augmentation.localCrops=2",
            "augmentation.localSize=8",
            "mask.strategy=hint",
            "mask.startEpoch=1",
            "loss.warmupTeacherTempEpochs=4",
            "optimizer.freezeLastLayer=2",
            "data.shapesTrain=8",
            "data.shapesValidation=4",
            "run.epochs=5",
            "run.batch=2",
            "run.keepEvery=1",
            "run.evalEvery=0");

    private static final int STEPS = 20;

    @TempDir
    Path folder;

    private TrainConfig config() {
        ConfigLoader loader = ConfigLoader.preset(Preset.DEFAULT);
        for (String setting : SETTINGS) {
            int equals = setting.indexOf('=');
            loader.set(setting.substring(0, equals), setting.substring(equals + 1), setting);
        }
        return loader.resolve();
    }

    private void train(Backend backend, Path run, boolean resume) {
        TrainConfig config = config();
        try (backend;
                ProgressView view = new PlainProgress(System.out);
                Trainer trainer = new Trainer(
                        config,
                        backend,
                        resume ? RunDirectory.resume(run) : RunDirectory.create(run),
                        DataSets.open(config.data(), config.globalSize()),
                        view,
                        1)) {
            assertTrue(trainer.run(resume));
        }
    }

    private static byte[] checkpoint(Path run) throws IOException {
        return Files.readAllBytes(run.resolve("checkpoint.safetensors"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "BF16"})
    void checkpointsAreEqualByteForByte(Precision precision) throws IOException {
        Path without = folder.resolve("without");
        train(new CudaBackend(new EmulatedDriver(), precision), without, false);

        Path with = folder.resolve("with");
        DriverCalls calls = DriverCalls.of(new EmulatedDriver());
        train(new CudaBackend(new GraphDriver(calls.driver()), precision), with, false);
        assertArrayEquals(checkpoint(without), checkpoint(with));

        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        Files.copy(without.resolve("checkpoint-0003.safetensors"), resumed.resolve("checkpoint.safetensors"));
        Files.copy(without.resolve("config.json"), resumed.resolve("config.json"));
        train(new CudaBackend(new GraphDriver(new EmulatedDriver()), precision), resumed, true);
        assertArrayEquals(checkpoint(without), checkpoint(resumed));

        // Of the teacher: embedding, blocks, head; of the student: embedding, two blocks, the last one's attention; of
        // its backward as many.
        int segments = 5 + 4 + 4;
        assertTrue(calls.graphs() >= (STEPS - 2) * segments, calls.graphs() + " graphs were queued");
        // Embeddings come with masks and without; the pictures of the masks take the teacher in another batch.
        assertTrue(calls.captures() <= segments + 2 + 5, calls.captures() + " graphs were made");
        System.out.println(precision + ": " + calls.captures() + " graphs made, " + calls.graphs() + " queued, "
                + calls.single() + " other calls");
        assertEquals(0, calls.closed());
    }
}
