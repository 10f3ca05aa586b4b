package attmask.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TrainConfigTest {
    private static final TrainConfig PUBLISHED =
            Preset.named("imagenet20-100ep-high").config();

    @Test
    void derivedValuesFollow() {
        assertEquals(14, PUBLISHED.model().gridHeight());
        assertEquals(14, PUBLISHED.model().gridWidth());
        assertEquals(196, PUBLISHED.model().patches());
        assertEquals(Size.square(224), PUBLISHED.globalSize());
        assertEquals(8, PUBLISHED.crops());
        assertEquals(11, PUBLISHED.maskLayer());
        assertTrue(PUBLISHED.lastLayerFrozen(0));
        assertFalse(PUBLISHED.lastLayerFrozen(1));
    }

    @Test
    void anEpochLeavesOutTheLastImagesThatFillNoBatch() {
        assertEquals(1083, PUBLISHED.stepsPerEpoch(260 * 1000));
        assertEquals(1, PUBLISHED.stepsPerEpoch(240));
        UserException error = assertThrows(UserException.class, () -> PUBLISHED.stepsPerEpoch(239));
        assertEquals("run.batch is 240; it must be at most the number of images (239)", error.getMessage());
    }

    @Test
    void masksBeginWithTheirEpoch() {
        TrainConfig late = with("mask.startEpoch", "2");
        assertFalse(late.masks(1));
        assertTrue(late.masks(2));
        assertFalse(with("mask.strategy", "none").masks(5));
        assertEquals(3, with("mask.layer", "3").maskLayer());
    }

    @Test
    void aGridNeedNotBeSquare() {
        ModelConfig model = with("model.image", "224x160").model();
        assertEquals(14, model.gridHeight());
        assertEquals(10, model.gridWidth());
        assertEquals(140, model.patches());
    }

    @Test
    void localCropsOfAnySizeIfThereAreNone() {
        ConfigLoader loader = ConfigLoader.preset("shapes").set("augmentation.localSize", "18", "test");
        assertThrows(UserException.class, loader::resolve);
        assertEquals(
                2, loader.set("augmentation.localCrops", "0", "test").resolve().crops());
    }

    @Test
    void architecturesHaveTheirUsualNames() {
        assertEquals(Architecture.SMALL, Architecture.named("vit_small"));
        assertEquals(Architecture.LARGE, Architecture.named("large"));
        assertEquals(1024, Architecture.LARGE.width());
        assertEquals(24, Architecture.LARGE.depth());
        assertEquals(16, Architecture.LARGE.heads());
    }

    private static TrainConfig with(String path, String value) {
        return ConfigLoader.preset("imagenet20-100ep-high")
                .set(path, value, "test")
                .resolve();
    }
}
