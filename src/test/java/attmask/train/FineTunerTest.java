package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.DataConfig;
import attmask.config.FineTuneConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTunerTest {
    private static final ModelConfig MODEL = new ModelConfig(Size.square(16), 8, 24, 2, 2, 2, 0);
    private static final DataSet SHAPES =
            DataSets.open(new DataConfig(DataConfig.SHAPES, 0, 100, 0, 1, 30, 20, 0), Size.square(16));

    @TempDir
    Path folder;

    /** Everything on. */
    private static FineTuneConfig settings(double learningRate, long seed) {
        return new FineTuneConfig(
                3, 8, learningRate, 1e-6, 1, 0.05, 0.65, 0.1, 0.8, 1, 0.1, 0.25, 0.3, 0.9, seed, true);
    }

    /** Remembers losses, and fails after so many steps, as a machine does. */
    private static final class Watch implements ProgressView {
        final List<Double> losses = new ArrayList<>();
        final int failAfter;

        Watch(int failAfter) {
            this.failAfter = failAfter;
        }

        @Override
        public void epoch(int epoch, int epochs, int first, int steps) {}

        @Override
        public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
            losses.add(loss);
            if (losses.size() == failAfter) {
                throw new IllegalStateException("power cut");
            }
        }

        @Override
        public void note(String line) {}

        @Override
        public void close() {}
    }

    private FineTuner.Result run(
            String name, Backend backend, FineTuneConfig settings, int threads, boolean resume, Watch watch) {
        RunDirectory directory =
                resume ? RunDirectory.resume(folder.resolve(name)) : RunDirectory.create(folder.resolve(name));
        try (FineTuner tuner = new FineTuner(settings, MODEL, backend, directory, SHAPES, watch, threads)) {
            return tuner.run(null, resume);
        }
    }

    private byte[] checkpoint(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name).resolve("checkpoint.safetensors"));
    }

    private String log(String name) throws IOException {
        // Speeds differ.
        return Files.readString(folder.resolve(name).resolve("log.jsonl")).replaceAll("\"images_per_s\":[^,]*,", "");
    }

    @Test
    void aResumedRunAndOneOnOtherThreadsEndWithTheSameBytes() throws IOException {
        FineTuneConfig settings = settings(5e-3, 1);
        try (Backend two = new CpuBackend(2);
                Backend one = new CpuBackend(1)) {
            FineTuner.Result whole = run("whole", two, settings, 2, false, new Watch(0));
            assertTrue(whole.finished());
            assertEquals(
                    3, Files.readAllLines(folder.resolve("whole/log.jsonl")).size());

            // The second epoch's second step is lost.
            assertThrows(IllegalStateException.class, () -> run("cut", one, settings, 1, false, new Watch(5)));
            FineTuner.Result resumed = run("cut", one, settings, 3, true, new Watch(0));
            assertEquals(whole, resumed);
            assertArrayEquals(checkpoint("whole"), checkpoint("cut"));
            assertEquals(log("whole"), log("cut"));

            // Nothing is left to do, and the result is the same.
            assertEquals(whole, run("whole", two, settings, 2, true, new Watch(0)));

            String refusal = assertThrows(
                            UserException.class, () -> run("whole", two, settings(5e-3, 2), 2, true, new Watch(0)))
                    .getMessage();
            assertTrue(refusal.contains("seed is 1, not 2"), refusal);
        }
    }

    /** The kernels, executed without a GPU, go the way the CPU goes. */
    @Test
    void theSameLossesOnCuda() {
        Watch expected = new Watch(0);
        Watch actual = new Watch(0);
        try (Backend cpu = new CpuBackend(1);
                Backend cuda = new CudaBackend(new EmulatedDriver())) {
            FineTuner.Result result = run("cpu", cpu, settings(1e-3, 1), 1, false, expected);
            assertEquals(result, run("cuda", cuda, settings(1e-3, 1), 1, false, actual));
        }
        assertEquals(9, expected.losses.size());
        for (int i = 0; i < 9; i++) {
            // Roundings differ by 1e-7, and every update passes them on.
            double want = expected.losses.get(i);
            assertEquals(want, actual.losses.get(i), 1e-4 * want, "step " + i);
        }
    }

    @Test
    void divergenceKeepsTheLastCheckpoint() {
        try (Backend cpu = new CpuBackend(1)) {
            String message = assertThrows(
                            UserException.class, () -> run("wild", cpu, settings(1e30, 1), 1, false, new Watch(0)))
                    .getMessage();
            assertTrue(message.contains("lower --lr"), message);
        }
    }

    @Test
    void whatCannotBeTrainedIsRefused() {
        try (Backend cpu = new CpuBackend(1)) {
            FineTuneConfig large = new FineTuneConfig(1, 31, 1e-3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, true);
            assertThrows(UserException.class, () -> run("large", cpu, large, 1, false, new Watch(0)));
        }
        assertThrows(
                UserException.class,
                () -> new FineTuneConfig(3, 8, 1, 0, 4, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, true),
                "a warm-up longer than the run");
        assertThrows(UserException.class, () -> new FineTuneConfig(3, 8, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, true));
        assertThrows(UserException.class, () -> new FineTuneConfig(3, 8, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, true));
        assertThrows(UserException.class, () -> new FineTuneConfig(3, 8, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, true));
        assertThrows(UserException.class, () -> new FineTuneConfig(3, 8, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, true));
        assertThrows(UserException.class, () -> new FineTuneConfig(3, 8, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, true));
    }
}
