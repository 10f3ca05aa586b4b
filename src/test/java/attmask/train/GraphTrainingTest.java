package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Precision;
import attmask.config.TrainConfig;
import attmask.cuda.GraphDriver;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.DriverCalls;
import attmask.testkit.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training with CUDA graphs, executed without a GPU, is training without them, bit for bit. */
class GraphTrainingTest {
    /**
     * Five epochs of four steps. All that changes on the way does: the first epoch has no masks, the last layer is frozen
     * for two, the teacher's temperatures rise for four; rates, momenta and numbers of masked tokens change each step.
     */
    private static final List<String> SETTINGS = List.of(
            "model.image=12",
            "model.patch=4",
            "model.width=16",
            "model.depth=2",
            "model.heads=1",
            "model.dropPath=0.2",
            "head.hidden=16",
            "head.bottleneck=8",
            "head.prototypes=32",
            "augmentation.localCrops=1",
            "augmentation.localSize=4",
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

    private void train(Backend backend, Path run, boolean resume) {
        TrainConfig config = TestConfig.of(SETTINGS);
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

    @Test
    void checkpointsAreEqualByteForByte() throws IOException {
        Path without = folder.resolve("without");
        train(new CudaBackend(new EmulatedDriver(), Precision.BF16), without, false);

        Path with = folder.resolve("with");
        DriverCalls calls = DriverCalls.of(new EmulatedDriver());
        train(new CudaBackend(new GraphDriver(calls.driver()), Precision.BF16), with, false);
        assertArrayEquals(checkpoint(without), checkpoint(with));

        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        Files.copy(without.resolve("checkpoint-0004.safetensors"), resumed.resolve("checkpoint.safetensors"));
        Files.copy(without.resolve("config.json"), resumed.resolve("config.json"));
        train(new CudaBackend(new GraphDriver(new EmulatedDriver()), Precision.BF16), resumed, true);
        assertArrayEquals(checkpoint(without), checkpoint(resumed));

        // Of the teacher: embedding, two blocks, head. Of the student: embedding, a block, the last one's attention,
        // and
        // as many backward.
        int segments = 4 + 3 + 3;
        assertTrue(calls.graphs() >= (STEPS - 2) * segments, calls.graphs() + " graphs were queued");
        // Some twice: embeddings come with masks and without, scratch memory grows with the first masks, and the
        // pictures of the masks take the teacher in another batch.
        assertTrue(calls.captures() <= 2 * segments, calls.captures() + " graphs were made");
        assertEquals(0, calls.closed());
    }
}
