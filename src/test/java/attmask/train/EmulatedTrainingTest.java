package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.ssl.SelfDistillation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The training loop on the CUDA kernels, executed without a GPU, goes the way it goes on the cpu backend. */
class EmulatedTrainingTest {
    /** Two epochs of ten steps; the last layer is frozen in the first. */
    private static final List<String> TINY = List.of(
            "model.image=40",
            "model.patch=8",
            "model.width=24",
            "model.depth=2",
            "model.heads=2",
            "model.dropPath=0.1",
            "head.hidden=32",
            "head.bottleneck=16",
            "head.prototypes=64",
            "optimizer.freezeLastLayer=1",
            "data.shapesTrain=40",
            "data.shapesValidation=10",
            "run.epochs=2",
            "run.batch=4",
            "run.evalEvery=0");

    private static final int STEPS = 20;

    @TempDir
    Path folder;

    /** @param mask of all global crops */
    private record Step(double loss, byte[] mask) {}

    /** Looks at what each step leaves on the device. */
    private static final class Recorder implements ProgressView {
        final List<Step> steps = new ArrayList<>();
        final Backend backend;
        SelfDistillation learned;

        Recorder(Backend backend) {
            this.backend = backend;
        }

        @Override
        public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
            byte[] mask = new byte[Math.toIntExact(learned.mask().count())];
            backend.read(learned.mask(), mask);
            steps.add(new Step(loss, mask));
        }

        @Override
        public void epoch(int epoch, int epochs, int first, int count) {}

        @Override
        public void note(String line) {}

        @Override
        public void close() {}
    }

    private List<Step> train(Backend backend) {
        ConfigLoader loader = ConfigLoader.preset(Preset.DEFAULT);
        for (String setting : TINY) {
            String[] parts = setting.split("=");
            loader.set(parts[0], parts[1], setting);
        }
        TrainConfig config = loader.resolve();
        Recorder recorder = new Recorder(backend);
        try (Trainer trainer = new Trainer(
                config,
                backend,
                RunDirectory.create(folder.resolve(backend.name())),
                DataSets.open(config.data(), config.globalSize()),
                recorder,
                1)) {
            recorder.learned = trainer.plan();
            assertTrue(trainer.run(false));
        }
        return recorder.steps;
    }

    @Test
    void lossesAndMasksAreThoseOfTheCpu() {
        List<Step> expected;
        List<Step> actual;
        try (Backend cpu = new CpuBackend(1);
                Backend cuda = new CudaBackend(new EmulatedDriver())) {
            expected = train(cpu);
            actual = train(cuda);
        }
        assertEquals(STEPS, expected.size());
        assertEquals(STEPS, actual.size());
        int hidden = 0;
        double worst = 0;
        for (int i = 0; i < STEPS; i++) {
            double want = expected.get(i).loss();
            double got = actual.get(i).loss();
            assertArrayEquals(expected.get(i).mask(), actual.get(i).mask(), "masks of step " + i);
            worst = Math.max(worst, Math.abs(got - want) / want);
            // Not (> 1e-4): a NaN must fail. Roundings differ by 1e-7, and every update passes them on.
            assertTrue(Math.abs(got - want) <= 1e-4 * want, "loss of step " + i + ": " + got + ", cpu " + want);
            for (byte b : expected.get(i).mask()) {
                hidden += b;
            }
        }
        System.out.println("largest relative difference of a loss: " + worst);
        double learned = expected.get(0).loss() - expected.get(STEPS - 1).loss();
        assertTrue(Math.abs(learned) > 0.01, "the loss hardly moves: " + learned);
        assertTrue(hidden > 100, "only " + hidden + " tokens were hidden");
    }
}
