package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.config.Size;
import attmask.data.EvalTransform;
import org.junit.jupiter.api.Test;

class FeatureExtractionTest {
    /** The published 256 to 224; in small images nothing is cut away. */
    @Test
    void theShorterSideIsResized() {
        assertEquals(EvalTransform.PUBLISHED, FeatureExtraction.transform(Size.square(224)));
        assertEquals(32, FeatureExtraction.transform(Size.square(32)).resize());
        assertEquals(256, FeatureExtraction.transform(new Size(224, 320)).resize());
        assertEquals(256, FeatureExtraction.transform(new Size(320, 224)).resize());
        assertEquals(8, FeatureExtraction.transform(new Size(8, 12)).resize());
    }
}
