package attmask.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.TestConfig;
import attmask.train.MemoryUse.Place;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that does not fit is told so before anything is taken, with the batch that would. */
class MemoryPlanTest {
    private static final long MUCH = Long.MAX_VALUE;

    private final Backend backend = new ReferenceBackend();
    private static final Backend GPU = new CudaBackend(new EmulatedDriver(new Adversary(1, 0)));

    private static TrainConfig config(int batch, String... more) {
        return TestConfig.of(List.of("run.batch=" + batch), more);
    }

    private static MemoryPlan plan(Backend backend, TrainConfig config) {
        return new MemoryPlan(
                config, backend, DataSets.open(config.data(), config.globalSize()), backend.worksBesideTheHost());
    }

    /** As much as there must be in a place, and enough elsewhere. */
    private static FreeMemory only(Place place, long free) {
        return new FreeMemory(
                place == Place.DEVICE ? free : MUCH,
                place == Place.HOST ? free : MUCH,
                place == Place.HEAP ? free : MUCH);
    }

    private static long needed(MemoryPlan plan, Place place) {
        return place == Place.HOST ? plan.machineBytes() : plan.bytes(place);
    }

    private void tells(Backend on, Place place, int batch, String where) {
        MemoryPlan fitting = plan(on, config(batch));
        long free = needed(fitting, place);
        assertTrue(free < needed(plan(on, config(batch + 1)), place));
        assertDoesNotThrow(() -> fitting.check(only(place, free)));
        assertThrows(UserException.class, () -> fitting.check(only(place, free - 1)));
        String refusal = assertThrows(
                        UserException.class, () -> plan(on, config(64)).check(only(place, free)))
                .getMessage();
        assertTrue(refusal.startsWith(where + " has "), refusal);
        assertTrue(refusal.contains("--batch " + batch + " would fit, --batch 64 does not; --accumulate "), refusal);
        assertEquals(1, refusal.lines().count());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 21, 63})
    void theLargestBatchThatFitsIsTold(int batch) {
        tells(backend, Place.HOST, batch, "the machine");
        tells(backend, Place.HEAP, batch, "the Java heap");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 21})
    void onAGpuToo(int batch) {
        tells(GPU, Place.DEVICE, batch, "the GPU");
        tells(GPU, Place.HOST, batch, "the machine");
    }

    /** What an arena or a feed of crops takes besides is where the work is done. */
    @Test
    void aGpuHasArenasAndImagesToCrop() {
        MemoryPlan onGpu = plan(GPU, config(16));
        MemoryPlan onCpu = plan(backend, config(16));
        assertEquals(0, onCpu.bytes(Place.DEVICE));
        assertEquals(Place.DEVICE, place(onGpu, "student activations"));
        assertEquals(Place.HOST, place(onCpu, "student activations"));
        assertEquals(Place.DEVICE, place(onGpu, "images to crop"));
        assertEquals(Place.HOST, place(onGpu, "images on their way"));
        assertEquals(Place.HEAP, place(onCpu, "batches made ahead"));
    }

    private static Place place(MemoryPlan plan, String what) {
        return plan.uses().stream()
                .filter(use -> use.what().equals(what))
                .findFirst()
                .orElseThrow()
                .place();
    }

    /** Three batches of 2 crops of 32² and 2 of 16², in floats; features of 96 values, twice; images of 32² bytes. */
    @Test
    void theHeapIsCounted() {
        MemoryPlan plan = plan(backend, config(10, "data.shapesTrain=50", "data.shapesValidation=30"));
        assertEquals(3L * 10 * 3 * (2 * 32 * 32 + 2 * 16 * 16) * Float.BYTES, bytes(plan, "batches made ahead"));
        long evaluated = 128L * 3 * 32 * 32 * Float.BYTES;
        assertEquals((3 + 1) * evaluated + 2L * 96 * (50 + 30) * Float.BYTES, bytes(plan, "k-NN and pictures"));
        assertEquals((50 + 30) * 3L * 32 * 32, bytes(plan, "decoded images kept"));
        MemoryPlan without = plan(backend, config(10, "data.cacheBytes=0"));
        assertTrue(without.uses().stream().noneMatch(use -> use.what().equals("decoded images kept")));
    }

    /** In parts, a batch takes what one part does. */
    @Test
    void partsTakeLess() {
        assertEquals(
                plan(backend, config(16)).bytes(Place.HEAP),
                plan(backend, config(64, "run.accumulate=4")).bytes(Place.HEAP));
    }

    private static long bytes(MemoryPlan plan, String what) {
        return plan.uses().stream()
                .filter(use -> use.what().equals(what))
                .mapToLong(MemoryUse::bytes)
                .sum();
    }

    /** DINO has no patch logits; MST has the decoder, its gradient and its moments besides. */
    @Test
    void methodsTakeWhatTheyNeed() {
        long dino = bytes("dino", "student parameters");
        assertEquals(bytes("ibot", "student parameters"), dino);
        // 96² and 96 · 3 · 4² weights and their biases, in doubles.
        assertEquals((96 * 96 + 96 + 96 * 48 + 64) * Double.BYTES, bytes("mst", "student parameters") - dino);
        assertEquals(bytes("mst", "student parameters") - dino, bytes("mst", "gradients") - bytes("dino", "gradients"));
        assertEquals(bytes("mst", "teacher parameters, centers"), bytes("dino", "teacher parameters, centers"));
        assertTrue(bytes("dino", "student activations") < bytes("ibot", "student activations"));
        assertTrue(bytes("dino", "teacher activations") < bytes("ibot", "teacher activations"));
        assertTrue(bytes("dino", "student activations") < bytes("mst", "student activations"));
    }

    private long bytes(String method, String arena) {
        return bytes(plan(backend, config(64, "loss.method=" + method)), arena);
    }

    @Test
    void aModelThatNeverFitsIsTold() {
        for (Place place : List.of(Place.HOST, Place.HEAP)) {
            FreeMemory free = only(place, needed(plan(backend, config(1)), place) - 1);
            for (int batch : new int[] {1, 64}) {
                String message = assertThrows(UserException.class, () -> plan(backend, config(batch))
                                .check(free))
                        .getMessage();
                assertTrue(message.contains("not even --batch 1 would fit"), message);
                assertTrue(message.contains("--cache-bytes"), message);
                assertEquals(place == Place.HEAP, message.contains("java -Xmx"), message);
            }
        }
    }

    /** Where the system finds out by itself. */
    @Test
    void anUnknownAmountIsEnough() {
        assertDoesNotThrow(() -> plan(backend, config(64)).check(FreeMemory.UNKNOWN));
    }
}
