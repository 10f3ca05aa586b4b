package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.checkpoint.SafeTensors;
import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.file.FullDisk;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.DriverCalls;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/faults.md says becomes of a run, fault by fault; the last checkpoint is compared with an undisturbed run's. */
class FaultsTest {
    /** For the executor of PTX, which is slow: four steps. */
    private static final String[] SHORT = {
        "run.checkpointEverySteps=1",
        "run.epochs=2",
        "model.depth=1",
        "augmentation.localCrops=0",
        "data.shapesTrain=4",
        "data.shapesValidation=1"
    };

    @TempDir
    Path folder;

    private TinyRun whole(String... more) {
        return new TinyRun(folder.resolve("whole"), more).start();
    }

    private TinyRun run(String... more) {
        return new TinyRun(folder.resolve("run"), more);
    }

    private static void assertSame(TinyRun whole, TinyRun run) throws IOException {
        assertArrayEquals(whole.checkpoint(), run.checkpoint());
        assertEquals(whole.log(), run.log());
    }

    private static String step(Path checkpoint) {
        try (SafeTensors file = SafeTensors.open(checkpoint)) {
            return file.metadata("step");
        }
    }

    /** Killed after a step, on the other number of threads, with checkpoints every three steps and every epoch. */
    @Test
    void exactFromAnyStep() throws IOException {
        TinyRun whole = whole("run.keepEvery=2").onThreads(1);
        for (int step : new int[] {1, 3, 4, 6, 7, 9, 11, TinyRun.STEPS}) {
            Path place = folder.resolve("killed-" + step);
            String[] often = {"run.checkpointEverySteps=3", "run.keepEvery=2"};
            TinyRun killed = new TinyRun(place, often).killedAt(step);
            assertThrows(TinyRun.Killed.class, killed::start);
            TinyRun resumed = new TinyRun(place, often).onThreads(1).resume();
            int last = Math.max((step - 1) / 3 * 3, (step - 1) / 4 * 4);
            assertTrue(
                    resumed.notes().get(0).startsWith("resumed after step " + last),
                    resumed.notes().toString());
            assertSame(whole, resumed);
            for (String file : List.of("checkpoint-0002.safetensors", "masks/epoch-000.png", "masks/epoch-003.png")) {
                assertArrayEquals(Files.readAllBytes(whole.file(file)), Files.readAllBytes(resumed.file(file)), file);
            }
        }
    }

    /** A sign of collapse is told once, also when the run was resumed in between. */
    @Test
    void theCollapseMonitorGoesOnToo() throws IOException {
        String[] collapsing = {
            "loss.centerMomentum=1",
            "optimizer.learningRate=0.02",
            "data.shapesTrain=320",
            "run.batch=16",
            "run.epochs=6",
            "run.evalEvery=0",
            "run.checkpointEverySteps=7"
        };
        TinyRun whole = whole(collapsing);
        List<String> told = whole.notes().stream()
                .filter(note -> note.startsWith("collapse at step 100"))
                .toList();
        assertEquals(1, told.size(), whole.notes().toString());
        TinyRun killed = run(collapsing).killedAt(113);
        assertThrows(TinyRun.Killed.class, killed::start);
        TinyRun resumed = run(collapsing).onThreads(1).resume();
        assertTrue(
                resumed.notes().get(0).startsWith("resumed after step 112"),
                resumed.notes().toString());
        assertEquals(
                List.of(),
                resumed.notes().stream()
                        .filter(note -> note.startsWith("collapse"))
                        .toList());
        assertSame(whole, resumed);
    }

    @Test
    void aDamagedCheckpointGivesWayToTheOneBefore() throws IOException {
        TinyRun whole = whole();
        assertThrows(TinyRun.Killed.class, run().killedAt(10)::start);
        Path newest = folder.resolve("run/checkpoint.safetensors");
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(newest, bytes);
        TinyRun resumed = run().resume();
        String warning = resumed.warnings().get(0);
        assertTrue(warning.contains(newest + " is damaged: its checksum is"), warning);
        assertTrue(warning.contains("checkpoint-previous.safetensors"), warning);
        assertTrue(resumed.notes().stream().anyMatch(note -> note.startsWith("resumed after step 4 ")));
        assertTrue(Files.exists(resumed.file("checkpoint-damaged.safetensors")));
        assertSame(whole, resumed);
    }

    @Test
    void aMissingCheckpointToo() throws IOException {
        TinyRun whole = whole();
        assertThrows(TinyRun.Killed.class, run().killedAt(10)::start);
        Files.delete(folder.resolve("run/checkpoint.safetensors"));
        TinyRun resumed = run().resume();
        assertTrue(
                resumed.warnings().get(0).contains("no such file"),
                resumed.notes().toString());
        assertSame(whole, resumed);
    }

    /** The disk is full for one checkpoint, one that is kept, or one picture; the run goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"checkpoint.safetensors", "checkpoint-0002.safetensors", "masks/epoch-003.png"})
    void aFullDiskStopsNoRun(String file) throws IOException {
        TinyRun whole = whole("run.keepEvery=2");
        TinyRun run = run("run.keepEvery=2");
        run.when(7, () -> FullDisk.of(run.file(file))).start();
        assertEquals(1, run.warnings().size(), run.notes().toString());
        assertTrue(
                run.warnings().get(0).contains(": cannot write " + run.file(file) + ": No space left"),
                run.warnings().get(0));
        assertEquals(file.startsWith("checkpoint.") ? "4" : "8", step(run.file("checkpoint-previous.safetensors")));
        assertSame(whole, run);
    }

    /** The log's lines come when they can; without them no checkpoint is written that would be ahead of them. */
    @Test
    void aFullDiskLosesNoLineOfTheLog() throws IOException {
        TinyRun whole = whole();
        TinyRun run = run();
        Path log = run.file("log.jsonl");
        Path there = folder.resolve("log.jsonl");
        run.when(6, () -> {
                    Files.move(log, there);
                    Files.createSymbolicLink(log, FullDisk.device());
                })
                .when(11, () -> Files.move(there, log, StandardCopyOption.REPLACE_EXISTING))
                .start();
        assertTrue(
                run.warnings().get(0).startsWith("WARNING: cannot write " + log + ": No space left"), run.notes() + "");
        assertEquals(2, run.warnings().size(), run.notes().toString());
        assertEquals("4", step(run.file("checkpoint-previous.safetensors")));
        assertSame(whole, run);
    }

    /** Nothing is left that would be taken for a run; killed this early, it is the same. */
    @Test
    void aFullDiskAtTheStartIsAnErrorAndTheSameCommandStartsAnew() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        FullDisk.of(folder.resolve("run/checkpoint.safetensors"));
        assertThrows(UserException.class, run()::start);
        assertSame(whole(), run().start());
    }

    @Test
    void aFullDiskAtTheEndIsAnErrorAndResumeRepeatsTheEnd() throws IOException {
        TinyRun whole = whole();
        TinyRun run = run();
        run.when(TinyRun.STEPS, () -> FullDisk.of(run.file("checkpoint.safetensors")));
        String message = assertThrows(UserException.class, run::start).getMessage();
        assertTrue(message.contains("No space left"), message);
        assertEquals("8", step(run.file("checkpoint.safetensors")));
        assertSame(whole, run().resume());
    }

    @Test
    void aFolderThatCannotBeWrittenAnyMoreStopsNoRun() throws IOException {
        assumeTrue(!"root".equals(System.getProperty("user.name")), "root may write anywhere");
        TinyRun whole = whole();
        TinyRun run = run();
        run.when(7, () -> Files.setPosixFilePermissions(run.file(""), PosixFilePermissions.fromString("r-xr-xr-x")))
                .when(
                        9,
                        () -> Files.setPosixFilePermissions(run.file(""), PosixFilePermissions.fromString("rwxr-xr-x")))
                .start();
        assertTrue(
                run.warnings().get(0).startsWith("WARNING: no checkpoint after step 8: cannot write to "),
                run.notes().toString());
        assertSame(whole, run);
    }

    @Test
    void aCheckpointThatMayNotBeReadIsNotTakenForDamaged() throws IOException {
        assumeTrue(!"root".equals(System.getProperty("user.name")), "root may read anything");
        assertThrows(TinyRun.Killed.class, run().killedAt(10)::start);
        Files.setPosixFilePermissions(
                folder.resolve("run/checkpoint.safetensors"), PosixFilePermissions.fromString("---------"));
        String message = assertThrows(UserException.class, run()::resume).getMessage();
        assertTrue(message.contains("permission denied"), message);
    }

    /** What was in it is lost, what is learned is not. */
    @Test
    void aDeletedFolderIsMadeAnew() throws IOException {
        TinyRun whole = whole();
        TinyRun run = run();
        run.when(7, () -> delete(run.file(""))).start();
        assertArrayEquals(whole.checkpoint(), run.checkpoint());
        assertArrayEquals(
                Files.readAllBytes(whole.file("masks/epoch-003.png")),
                Files.readAllBytes(run.file("masks/epoch-003.png")));
        assertTrue(Files.exists(run.file("config.json")));
        List<?> all = whole.log();
        assertEquals(all.subList(all.size() - run.log().size(), all.size()), run.log());
        run().resume();
        assertArrayEquals(whole.checkpoint(), run.checkpoint());
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> paths = Files.walk(place)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Eight images of noise in two classes, and four to validate on. */
    private Path images() throws IOException {
        Path data = folder.resolve("data");
        for (int i = 0; i < 12; i++) {
            Path file =
                    data.resolve((i < 8 ? "train" : "val") + "/" + (i % 2 == 0 ? "even" : "odd") + "/" + i + ".png");
            Files.createDirectories(file.getParent());
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < 256; p++) {
                image.setRGB(p % 16, p / 16, (p + 1) * (i + 1) * 7919);
            }
            ImageIO.write(image, "png", file.toFile());
        }
        return data;
    }

    private String[] on(Path data) {
        return new String[] {"data.source=" + data, "data.cacheBytes=0", "run.epochs=6"};
    }

    @Test
    void withoutItsImagesARunKeepsWhatItHasLearnedAndEnds() throws IOException {
        Path data = images();
        TinyRun whole = whole(on(data));
        Path away = folder.resolve("away");
        TinyRun run = run(on(data)).when(6, () -> Files.move(data, away));
        String message = assertThrows(UserException.class, run::start).getMessage();
        assertTrue(message.contains("train is gone or empty now: bring it back"), message);
        // Two batches and what was begun of a third were loaded ahead.
        int kept = Integer.parseInt(step(run.file("checkpoint.safetensors")));
        assertTrue(kept >= 6 && kept <= 9, "after step " + kept);
        Files.move(away, data);
        assertSame(whole, run(on(data)).resume());
    }

    /** An unmounted disk leaves an empty folder. */
    @Test
    void anEmptiedFolderIsTheSame() throws IOException {
        Path data = images();
        TinyRun run = run(on(data)).when(6, () -> {
            delete(data.resolve("train/even"));
            delete(data.resolve("train/odd"));
        });
        assertTrue(assertThrows(UserException.class, run::start).getMessage().contains("gone or empty"));
    }

    /** Images that are cut short, removed or are other ones now: the run goes on with what can be read. */
    @Test
    void changedImagesStopNoRun() throws IOException {
        Path data = images();
        TinyRun run = run(on(data)).when(6, () -> {
            Path cut = data.resolve("train/even/0.png");
            byte[] bytes = Files.readAllBytes(cut);
            Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
            Files.delete(data.resolve("train/odd/1.png"));
            BufferedImage other = new BufferedImage(50, 3, BufferedImage.TYPE_BYTE_GRAY);
            Path aside = data.resolve("other.png");
            ImageIO.write(other, "png", aside.toFile());
            Files.move(aside, data.resolve("train/even/2.png"), StandardCopyOption.REPLACE_EXISTING);
        });
        run.start();
        for (String name : List.of("even/0.png", "odd/1.png")) {
            assertEquals(
                    1,
                    run.notes().stream()
                            .filter(note -> note.contains("unreadable image " + name))
                            .count(),
                    name);
        }
        List<?> log = run.log();
        assertTrue(log.get(log.size() - 1).toString().contains("\"unreadable_images\":2"), log.toString());
        assertFalse(log.get(1).toString().contains("\"unreadable_images\":2"));
    }

    @Test
    void anotherNumberOfImagesIsRefused() throws IOException {
        Path data = images();
        assertThrows(TinyRun.Killed.class, run(on(data)).killedAt(6)::start);
        Files.delete(data.resolve("train/odd/1.png"));
        String message =
                assertThrows(UserException.class, run(on(data))::resume).getMessage();
        assertTrue(message.contains("its run had 8 training images, now there are 7"), message);
    }

    @Test
    void aLostDeviceLosesTheStepsSinceTheLastCheckpoint() throws IOException {
        TinyRun whole = new TinyRun(folder.resolve("whole"), SHORT);
        whole.run(new CudaBackend(new EmulatedDriver()), RunDirectory.create(folder.resolve("whole")), false);
        AtomicBoolean lost = new AtomicBoolean();
        TinyRun run = run(SHORT).when(3, () -> lost.set(true));
        CudaException failure = assertThrows(
                CudaException.class,
                () -> run.run(
                        new CudaBackend(DriverCalls.losing(new EmulatedDriver(), lost::get)),
                        RunDirectory.create(folder.resolve("run")),
                        false));
        assertTrue(failure.getMessage().contains("the device is lost"), failure.getMessage());
        assertTrue(
                run.notes().get(run.notes().size() - 1).contains("continue with --resume"),
                run.notes().toString());
        assertEquals("2", step(run.file("checkpoint.safetensors")));
        TinyRun resumed = run(SHORT);
        resumed.run(new CudaBackend(new EmulatedDriver()), RunDirectory.resume(folder.resolve("run")), true);
        assertSame(whole, resumed);
    }

    @Test
    void outOfMemoryInAStepLosesTheStepsSinceTheLastCheckpoint() throws IOException {
        TinyRun whole = whole();
        TinyRun run = run("run.checkpointEverySteps=2").when(7, () -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThrows(OutOfMemoryError.class, run::start);
        assertEquals("6", step(run.file("checkpoint.safetensors")));
        assertSame(whole, run().resume());
    }

    @Test
    void oneTrainerInAFolder() throws IOException {
        TinyRun run = run();
        run.when(3, () -> {
            for (Runnable second : List.<Runnable>of(run()::start, run()::resume)) {
                String message = assertThrows(UserException.class, second::run).getMessage();
                assertTrue(message.contains("is being trained in by this process"), message);
            }
        });
        run.start();
        assertSame(whole(), run);
        // A file that was left behind locks nothing, whatever it says.
        assertTrue(Files.exists(run.file("run.lock")));
        Files.writeString(run.file("run.lock"), "process 1 on elsewhere");
        run().resume();
    }

    /** Both have looked at the folder when it was free; the slower one has lost. */
    @Test
    void ofTwoThatBeginAtOnceOneIsRefused() {
        RunDirectory first = RunDirectory.create(folder.resolve("run"));
        RunDirectory second = RunDirectory.create(folder.resolve("run"));
        run().run(new CpuBackend(1), first, false);
        TinyRun late = run();
        String message = assertThrows(UserException.class, () -> late.run(new CpuBackend(1), second, false))
                .getMessage();
        assertTrue(message.contains("choose another --output"), message);
    }
}
