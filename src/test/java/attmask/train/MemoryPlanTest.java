package attmask.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.reference.ReferenceBackend;
import attmask.tensor.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that does not fit is told so before anything is taken, with the batch that would. */
class MemoryPlanTest {
    private final Backend backend = new ReferenceBackend();

    private MemoryPlan plan(int batch) {
        return new MemoryPlan(
                ConfigLoader.preset(Preset.DEFAULT)
                        .set("run.batch", Integer.toString(batch), "test")
                        .resolve(),
                backend);
    }

    private long needed(int batch) {
        return plan(batch).bytes() + MemoryPlan.RESERVE;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 21, 63})
    void theLargestBatchThatFitsIsTold(int batch) {
        long free = needed(batch);
        assertTrue(free < needed(batch + 1));
        assertDoesNotThrow(() -> plan(batch).check(free));
        UserException refusal = assertThrows(UserException.class, () -> plan(64).check(free));
        assertTrue(refusal.getMessage().contains("--batch " + batch + " would fit"), refusal.getMessage());
        assertEquals(1, refusal.getMessage().lines().count());
        assertThrows(UserException.class, () -> plan(batch).check(free - 1));
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
        TrainConfig config = ConfigLoader.preset(Preset.DEFAULT)
                .set("loss.method", method, "test")
                .resolve();
        return new MemoryPlan(config, backend)
                .arenas().stream()
                        .filter(each -> each.name().equals(arena))
                        .mapToLong(Arena::bytes)
                        .sum();
    }

    @Test
    void aModelThatNeverFitsIsTold() {
        long free = needed(1) - 1;
        for (int batch : new int[] {1, 64}) {
            String message = assertThrows(UserException.class, () -> plan(batch).check(free))
                    .getMessage();
            assertTrue(message.contains("not even --batch 1 would fit"), message);
        }
    }

    /** Where the system finds out by itself. */
    @Test
    void anUnknownAmountIsEnough() {
        assertDoesNotThrow(() -> plan(64).check(Long.MAX_VALUE));
    }
}
