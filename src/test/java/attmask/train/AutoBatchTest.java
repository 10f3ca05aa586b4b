package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.AugmentOn;
import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.train.MemoryUse.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The batch that the program chooses fits, no larger one would, and it says what stopped it. */
class AutoBatchTest {
    private static final String FULL = "more would not fit 80 % of the free memory";

    private final Backend cpu = new ReferenceBackend();
    private static final Backend GPU = new CudaBackend(new EmulatedDriver(new Adversary(1, 0)));

    private static TrainConfig config(int parts, int images) {
        return ConfigLoader.preset(Preset.DEFAULT)
                .set("run.accumulate", Integer.toString(parts), "test")
                .set("run.batch", Integer.toString(AutoBatch.most(parts)), "test")
                .set("data.shapesTrain", Integer.toString(images), "test")
                .resolve();
    }

    private static DataSet data(TrainConfig config) {
        return DataSets.open(config.data(), config.globalSize());
    }

    private static AutoBatch choose(Backend backend, TrainConfig config, FreeMemory free) {
        return AutoBatch.of(config, backend, data(config), AugmentOn.AUTO, free);
    }

    @Test
    void theBoundIsNamed() {
        AutoBatch published = choose(GPU, config(1, 5000), FreeMemory.UNKNOWN);
        assertEquals(1024, published.config().run().batch());
        assertEquals("as large as the published runs'", published.why());
        AutoBatch onCpu = choose(cpu, config(1, 5000), FreeMemory.UNKNOWN);
        assertEquals(64, onCpu.config().run().batch());
        assertEquals("a CPU is not faster with more at once", onCpu.why());
        AutoBatch few = choose(GPU, config(1, 45), FreeMemory.UNKNOWN);
        assertEquals(40, few.config().run().batch());
        assertEquals("there are 45 training images", few.why());
    }

    /** All that is asked of the batch is asked of a part. */
    @Test
    void partsAreChosen() {
        assertEquals(
                4 * 64,
                choose(cpu, config(4, 5000), FreeMemory.UNKNOWN).config().run().batch());
        assertEquals(
                3 * 336,
                choose(GPU, config(3, 5000), FreeMemory.UNKNOWN).config().run().batch());
        assertEquals(
                3 * 4,
                choose(cpu, config(3, 17), FreeMemory.UNKNOWN).config().run().batch());
        assertThrows(UserException.class, () -> choose(cpu, config(3, 2), FreeMemory.UNKNOWN));
    }

    @ParameterizedTest
    @CsvSource({"HOST, 1, 40, 48", "HEAP, 1, 40, 48", "HOST, 1, 4, 8", "HEAP, 2, 24, 32", "DEVICE, 1, 160, 168"})
    void memoryDecides(Place place, int parts, int fits, int larger) {
        Backend backend = place == Place.DEVICE ? GPU : cpu;
        TrainConfig config = config(parts, 5000);
        FreeMemory all = FreeMemory.UNKNOWN;
        // Between the two, so that a fifth more is free than the larger one needs at least.
        long needed = (needed(backend, config, fits, place) + needed(backend, config, larger, place)) / 2;
        long free = (long) (needed / 0.8);
        FreeMemory memory = new FreeMemory(
                place == Place.DEVICE ? free : all.device(),
                place == Place.HOST ? free : all.host(),
                place == Place.HEAP ? free : all.heap());
        AutoBatch chosen = choose(backend, config, memory);
        assertEquals(fits * parts, chosen.config().run().batch());
        assertEquals(parts, chosen.config().run().accumulate());
        assertEquals(FULL, chosen.why());
        MemoryPlan plan = plan(backend, chosen.config());
        assertTrue(plan.fits(memory.share(0.8)));
        assertFalse(plan.with(larger).fits(memory.share(0.8)));
    }

    private static MemoryPlan plan(Backend backend, TrainConfig config) {
        return new MemoryPlan(config, backend, data(config), backend.worksBesideTheHost());
    }

    private static long needed(Backend backend, TrainConfig config, int images, Place place) {
        MemoryPlan plan = plan(backend, config).with(images);
        return place == Place.HOST ? plan.machineBytes() : plan.bytes(place);
    }

    /** The run then says itself that not even that fits. */
    @Test
    void oneIsTheLeast() {
        assertEquals(
                1,
                choose(cpu, config(1, 5000), new FreeMemory(0, 0, 0))
                        .config()
                        .run()
                        .batch());
    }
}
