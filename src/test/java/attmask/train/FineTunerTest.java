package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.SafeTensors;
import attmask.config.DataConfig;
import attmask.config.FineTuneConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImageFiles;
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
        return run(SHAPES, name, backend, settings, threads, resume, watch, 0);
    }

    private FineTuner.Result run(
            DataSet data,
            String name,
            Backend backend,
            FineTuneConfig settings,
            int threads,
            boolean resume,
            Watch watch,
            int every) {
        RunDirectory directory =
                resume ? RunDirectory.resume(folder.resolve(name)) : RunDirectory.create(folder.resolve(name));
        try (FineTuner tuner = new FineTuner(settings, MODEL, backend, directory, data, watch, threads, every)) {
            return tuner.run(null, resume);
        }
    }

    private static String step(Path checkpoint) {
        try (SafeTensors file = SafeTensors.open(checkpoint)) {
            return file.metadata("progress").replaceAll("\\{\"step\":(\\d+),.*", "$1");
        }
    }

    /** Killed after a step, on the other number of threads, with checkpoints every two steps, and a damaged image. */
    @Test
    void exactFromAnyStep() throws IOException {
        for (int i = 0; i < 26; i++) {
            ImageFiles.png(folder.resolve("images/train/" + i % 2 + "/" + i + ".png"), i);
            ImageFiles.png(folder.resolve("images/val/" + i % 2 + "/" + i + ".png"), 100 + i);
        }
        Files.writeString(folder.resolve("images/train/1/25.png"), "no image");
        DataSet images = DataSets.at(folder.resolve("images"));
        FineTuneConfig settings = settings(5e-3, 1);
        try (Backend two = new CpuBackend(2);
                Backend one = new CpuBackend(1)) {
            FineTuner.Result whole = run(images, "whole", two, settings, 2, false, new Watch(0), 0);
            assertTrue(log("whole").contains("\"unreadable_images\":1"), log("whole"));
            for (int step : new int[] {1, 2, 3, 4, 5, 7, 8}) {
                String name = "killed-" + step;
                assertThrows(
                        IllegalStateException.class,
                        () -> run(images, name, two, settings, 2, false, new Watch(step), 2));
                // Watch fails before what is due after its step.
                int last = Math.max((step - 1) / 2 * 2, (step - 1) / 3 * 3);
                assertEquals(Integer.toString(last), step(folder.resolve(name).resolve("checkpoint.safetensors")));
                FineTuner.Result resumed = run(images, name, one, settings, 1, true, new Watch(0), 2);
                assertEquals(whole, resumed, name);
                assertArrayEquals(checkpoint("whole"), checkpoint(name), name);
                assertEquals(log("whole"), log(name), name);
            }
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

            // The newest one is damaged: the last epoch is trained again.
            byte[] damaged = checkpoint("cut");
            damaged[damaged.length - 1] ^= 1;
            Files.write(folder.resolve("cut/checkpoint.safetensors"), damaged);
            assertEquals(whole, run("cut", two, settings, 2, true, new Watch(0)));
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
