package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Range;
import attmask.config.Size;
import attmask.data.MultiCropSettings.View;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CropDrawTest {
    private static final MultiCropSettings SETTINGS = CropSettings.published(Size.square(32), 4, Size.square(16));
    private static final int DRAWS = 4000;
    /**
     * The numbers are fixed, so a test that passes once always does; this is how unlikely they may be under the law.
     */
    private static final double ALPHA = 1e-4;

    private static List<CropDraw> draws(View view, int width, int height) {
        List<CropDraw> draws = new ArrayList<>();
        for (int i = 0; i < DRAWS; i++) {
            draws.add(CropDraw.draw(SETTINGS, view, width, height, new RandomStream(3, Purpose.TEST, i, 0)));
        }
        return draws;
    }

    private static void assertShare(double probability, List<CropDraw> draws, Predicate<CropDraw> event) {
        int count = (int) draws.stream().filter(event).count();
        if (probability == 0 || probability == 1) {
            assertEquals(probability * draws.size(), count);
            return;
        }
        double p = new BinomialTest().binomialTest(draws.size(), count, probability, AlternativeHypothesis.TWO_SIDED);
        assertTrue(p > ALPHA, count + " of " + draws.size() + " for " + probability + ", p " + p);
    }

    @ParameterizedTest
    @CsvSource({"GLOBAL_1,1.0,0", "GLOBAL_2,0.1,0.2", "LOCAL,0.5,0"})
    void everyStepHasItsProbability(View view, double blur, double solarise) {
        List<CropDraw> draws = draws(view, 100, 80);
        assertShare(0.5, draws, CropDraw::flip);
        assertShare(0.8, draws, draw -> draw.jitter() != null);
        assertShare(0.2, draws, CropDraw::grey);
        assertShare(blur, draws, draw -> draw.blurRadius() > 0);
        assertShare(solarise, draws, CropDraw::solarise);
        // Independent of each other: joint probabilities are products.
        assertShare(0.5 * 0.2, draws, draw -> draw.flip() && draw.grey());
        assertShare(0.8 * 0.2, draws, draw -> draw.jitter() != null && draw.grey());
    }

    @Test
    void jitterFactorsAndBlurRadiiFillTheirRangesEvenly() {
        List<CropDraw> draws = draws(View.GLOBAL_1, 100, 80);
        assertEven(0.1, 2, draws.stream().map(CropDraw::blurRadius).toList());
        List<ColorJitter.Draw> jitters = draws.stream()
                .filter(draw -> draw.jitter() != null)
                .map(CropDraw::jitter)
                .toList();
        assertEven(0.6, 1.4, jitters.stream().map(ColorJitter.Draw::brightness).toList());
        assertEven(0.6, 1.4, jitters.stream().map(ColorJitter.Draw::contrast).toList());
        assertEven(0.8, 1.2, jitters.stream().map(ColorJitter.Draw::saturation).toList());
        assertEven(-0.1, 0.1, jitters.stream().map(ColorJitter.Draw::hue).toList());
        // Each of the four steps comes first equally often.
        for (int step = 0; step < 4; step++) {
            int wanted = step;
            List<CropDraw> jittered =
                    draws.stream().filter(draw -> draw.jitter() != null).toList();
            assertShare(0.25, jittered, draw -> draw.jitter().order()[0] == wanted);
        }
    }

    /** All within the range, a quarter in each quarter of it. */
    private static void assertEven(double low, double high, List<Double> values) {
        int[] counts = new int[4];
        for (double value : values) {
            assertTrue(value >= low && value <= high, value + " outside " + low + ".." + high);
            counts[(int) Math.min(3, 4 * (value - low) / (high - low))]++;
        }
        for (int count : counts) {
            double p = new BinomialTest().binomialTest(values.size(), count, 0.25, AlternativeHypothesis.TWO_SIDED);
            assertTrue(p > ALPHA, count + " of " + values.size() + ", p " + p);
        }
    }

    /**
     * In an image this large rounding to pixels is negligible (1e-3), and one this square never rejects a ratio for
     * scales up to 3/4, so area and log ratio stay uniform.
     */
    @Test
    void scaleAndLogRatioAreUniform() {
        List<Double> scales = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        RandomStream random = new RandomStream(5, Purpose.TEST, 0, 0);
        for (int i = 0; i < DRAWS; i++) {
            var box = CropDraw.box(new Range(0.05, 0.75), MultiCropSettings.RATIO, 40_000, 40_000, random);
            scales.add((double) box.width() * box.height() / 1.6e9);
            ratios.add(Math.log((double) box.width() / box.height()));
        }
        assertEven(0.05 - 1e-3, 0.75 + 1e-3, scales);
        assertEven(Math.log(0.75) - 1e-3, Math.log(4.0 / 3) + 1e-3, ratios);
    }

    @ParameterizedTest
    @EnumSource(View.class)
    void boxesLieInsideTheImageAndReachItsEdges(View view) {
        int touchingLeft = 0;
        int touchingBottom = 0;
        for (CropDraw draw : draws(view, 23, 17)) {
            BicubicResampler.Box box = draw.box();
            assertTrue(box.left() >= 0 && box.top() >= 0 && box.width() > 0 && box.height() > 0);
            assertTrue(box.left() + box.width() <= 23 && box.top() + box.height() <= 17, box.toString());
            // Rounding to whole pixels adds at most half a pixel to each side.
            double most = SETTINGS.scale(view).max() * 23 * 17;
            assertTrue((box.width() - 0.5) * (box.height() - 0.5) <= most, box.toString());
            touchingLeft += box.left() == 0 ? 1 : 0;
            touchingBottom += box.top() + box.height() == 17 ? 1 : 0;
        }
        assertTrue(touchingLeft > 0 && touchingBottom > 0);
    }

    /**
     * At scale 1 no ratio but the image's own fits, so an image this long gets the largest centred part of ratio 4/3 or
     * 3/4.
     */
    @ParameterizedTest
    @CsvSource({
        "1000,30,480,0,40,30",
        "30,1000,0,480,30,40",
        "1001,30,480,0,40,30",
        "1,1,0,0,1,1",
        "1,500,0,249,1,1",
        "500,1,249,0,1,1",
        "2,900,0,448,2,3"
    })
    void extremeImagesFallBackToTheCentre(int width, int height, int left, int top, int w, int h) {
        Range whole = new Range(1, 1);
        var box = CropDraw.box(whole, MultiCropSettings.RATIO, width, height, new RandomStream(1, Purpose.TEST, 0, 0));
        assertEquals(new BicubicResampler.Box(left, top, w, h), box);
    }

    @Test
    void anImageOfAllowedRatioFallsBackToItself() {
        // 300 % of the area never fits.
        var box =
                CropDraw.box(new Range(3, 3), MultiCropSettings.RATIO, 50, 40, new RandomStream(1, Purpose.TEST, 0, 0));
        assertEquals(new BicubicResampler.Box(0, 0, 50, 40), box);
    }
}
