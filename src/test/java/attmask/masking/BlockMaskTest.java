package attmask.masking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.SafeTensors;
import attmask.ops.Grid;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockMaskTest {
    /** The seed is fixed, so a right program fails never or always: always with this probability, for each test. */
    private static final double SIGNIFICANCE = 1e-3;

    private static final int DRAWS = 4000;

    private static RandomStream stream(int draw) {
        return new RandomStream(11, Purpose.MASK_PLACE, 0, draw);
    }

    private static MaskSample golden(String law, int side) throws IOException {
        try (InputStream in = BlockMaskTest.class.getResourceAsStream("/attmask/golden/blockwise.safetensors")) {
            SafeTensors file = SafeTensors.read(in, "blockwise.safetensors");
            return new MaskSample(
                    file.doubles("expect/frequency/" + side + "/" + law),
                    file.ints("expect/counts/" + side + "/" + law));
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 0.1, 0.5", "8, 0.3, 0.3", "14, 0.1, 0.5", "14, 0.3, 0.3"})
    void drawsTheLawOfTheIndependentProgram(int side, double low, double high) throws IOException {
        MaskSample golden = golden(low + "-" + high, side);
        MaskSample blocks = MaskSample.of(side * side, DRAWS, i -> {
            RandomStream random = stream(i);
            return BlockMask.draw(new Grid(side, side), random.uniform(low, high), random);
        });
        assertTrue(blocks.frequencyProbability(golden) > SIGNIFICANCE, "p " + blocks.frequencyProbability(golden));
        assertTrue(blocks.countProbability(golden) > SIGNIFICANCE, "p " + blocks.countProbability(golden));
    }

    /** The comparison can fail: random tokens of the same law are another law, in places and in counts. */
    @Test
    void theComparisonTellsRandomMasksApart() throws IOException {
        MaskSample golden = golden("0.3-0.3", 8);
        MaskSample random = MaskSample.of(64, DRAWS, i -> RandomMask.draw(64, 0.3, stream(i)));
        assertFalse(random.frequencyProbability(golden) > SIGNIFICANCE);
        assertFalse(random.countProbability(golden) > SIGNIFICANCE);
        assertEquals(1, golden.frequencyProbability(golden));
        assertEquals(1, golden.countProbability(golden));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 9", "2, 2", "4, 4", "4, 7", "14, 14", "3, 40"})
    void neverHidesMoreThanWanted(int height, int width) {
        Grid grid = new Grid(height, width);
        for (int draw = 0; draw < 300; draw++) {
            RandomStream random = stream(draw);
            double ratio = draw % 10 == 0 ? 1 : random.uniform(0, 1);
            boolean[] mask = BlockMask.draw(grid, ratio, random);
            assertEquals(grid.tokens(), mask.length);
            assertTrue(count(mask) <= ratio * grid.tokens(), count(mask) + " of " + ratio * grid.tokens());
        }
        assertEquals(0, count(BlockMask.draw(grid, 0, stream(0))));
    }

    /** A block is lower and narrower than the grid, so a single row has no room for one. */
    @Test
    void aBlockIsSmallerThanTheGrid() {
        for (int draw = 0; draw < 100; draw++) {
            assertEquals(0, count(BlockMask.draw(new Grid(1, 9), 0.9, stream(draw))));
            assertEquals(0, count(BlockMask.draw(new Grid(9, 1), 0.9, stream(draw))));
        }
    }

    /** A small share of a large grid is one block: a full rectangle, inside, of an allowed shape. */
    @Test
    void aSingleBlockIsARectangleOfAnAllowedShape() {
        Grid grid = new Grid(30, 40);
        int single = 0;
        for (int draw = 0; draw < 400; draw++) {
            boolean[] mask = BlockMask.draw(grid, 0.09, stream(draw));
            int top = 30;
            int bottom = -1;
            int left = 40;
            int right = -1;
            for (int i = 0; i < mask.length; i++) {
                if (mask[i]) {
                    top = Math.min(top, i / 40);
                    bottom = Math.max(bottom, i / 40);
                    left = Math.min(left, i % 40);
                    right = Math.max(right, i % 40);
                }
            }
            int height = bottom - top + 1;
            int width = right - left + 1;
            if (count(mask) == height * width) {
                single++;
                // Each side is rounded by up to half a token.
                assertTrue((height + 0.5) / (width - 0.5) >= 0.3 && (width + 0.5) / (height - 0.5) >= 0.3);
            }
        }
        assertTrue(single > 50, "only " + single + " masks of one block");
    }

    @Test
    void theStreamDecidesEverything() {
        Grid grid = new Grid(8, 10);
        assertArrayEquals(BlockMask.draw(grid, 0.4, stream(3)), BlockMask.draw(grid, 0.4, stream(3)));
        assertThrows(IllegalArgumentException.class, () -> BlockMask.draw(grid, 1.1, stream(0)));
        assertThrows(IllegalArgumentException.class, () -> BlockMask.draw(grid, Double.NaN, stream(0)));
    }

    static int count(boolean[] mask) {
        int count = 0;
        for (boolean hidden : mask) {
            count += hidden ? 1 : 0;
        }
        return count;
    }
}
