package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ops.MicroBatch;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.junit.jupiter.api.Test;

class DropPathTest {
    private static final Backend BACKEND = Backends.REFERENCE;
    private static final int DEPTH = 3;
    private static final double RATE = 0.4;
    private static final int GLOBALS = 1500;
    private static final int LOCALS = 500;

    private static DropPath dropPath(Arena arena) {
        TokenLayout layout = TokenLayout.of(new Crops(GLOBALS, new Grid(2, 2)), new Crops(LOCALS, new Grid(1, 1)));
        DropPath dropPath = new DropPath(BACKEND, arena, layout, RATE, DEPTH, 3);
        arena.allocate(BACKEND::allocate);
        return dropPath;
    }

    private static double[] read(DropPath.Factors branch) {
        List<Tensor> groups = branch.factors();
        double[] globals = new double[GLOBALS];
        double[] locals = new double[LOCALS];
        BACKEND.read(groups.get(0), globals);
        BACKEND.read(groups.get(1), locals);
        double[] all = Arrays.copyOf(globals, GLOBALS + LOCALS);
        System.arraycopy(locals, 0, all, GLOBALS, LOCALS);
        return all;
    }

    /** Rates 0, 0.2, 0.4: a kept branch is scaled so that its mean stays 1. */
    @Test
    void ratesGrowWithDepth() {
        try (Arena arena = new Arena("test")) {
            DropPath dropPath = dropPath(arena);
            dropPath.draw(1, 2, MicroBatch.WHOLE);
            for (int block = 0; block < DEPTH; block++) {
                double rate = RATE * block / (DEPTH - 1);
                for (DropPath.Factors branch : List.of(
                        dropPath.block(block).attention(), dropPath.block(block).mlp())) {
                    double[] keep = read(branch);
                    double kept = (float) (1 / (1 - rate));
                    assertTrue(Arrays.stream(keep).allMatch(k -> k == 0 || k == kept), "block " + block);
                    int dropped = (int) Arrays.stream(keep).filter(k -> k == 0).count();
                    if (rate == 0) {
                        assertEquals(0, dropped);
                    } else {
                        double p = new BinomialTest()
                                .binomialTest(keep.length, dropped, rate, AlternativeHypothesis.TWO_SIDED);
                        assertTrue(p > 1e-4, dropped + " dropped at rate " + rate + ", p " + p);
                    }
                }
            }
        }
    }

    @Test
    void seedAndStepDecide() {
        try (Arena arena = new Arena("test")) {
            DropPath dropPath = dropPath(arena);
            dropPath.draw(1, 2, MicroBatch.WHOLE);
            double[] first = read(dropPath.block(2).attention());
            assertFalse(Arrays.equals(first, read(dropPath.block(2).mlp())), "branches are dropped on their own");
            dropPath.draw(1, 3, MicroBatch.WHOLE);
            assertFalse(Arrays.equals(first, read(dropPath.block(2).attention())), "another step");
            dropPath.draw(2, 2, MicroBatch.WHOLE);
            assertFalse(Arrays.equals(first, read(dropPath.block(2).attention())), "another seed");
            dropPath.draw(1, 2, MicroBatch.WHOLE);
            assertArrayEquals(first, read(dropPath.block(2).attention()));
        }
    }

    /** Each row gets the factor of its image in the last block. */
    @Test
    void rowsTakeTheFactorOfTheirImage() {
        try (Arena arena = new Arena("test")) {
            DropPath dropPath = dropPath(arena);
            dropPath.draw(1, 2, MicroBatch.WHOLE);
            DropPath.Keep images = dropPath.block(DEPTH - 1);
            double[] attention = read(images.attention());
            double[] mlp = read(images.mlp());
            int[] of = {GLOBALS + LOCALS - 1, 0};
            while (attention[of[1]] == attention[of[0]]) {
                of[1]++;
            }
            DropPath.Keep rows = dropPath.last(new LastRows(null, of));
            double[] got = new double[2];
            BACKEND.read(rows.attention().factors().get(0), got);
            assertArrayEquals(new double[] {attention[of[0]], attention[of[1]]}, got);
            BACKEND.read(rows.mlp().factors().get(0), got);
            assertArrayEquals(new double[] {mlp[of[0]], mlp[of[1]]}, got);
        }
    }

    /** With one block the rate is that of the first: 0. */
    @Test
    void aSingleBlockIsKept() {
        try (Arena arena = new Arena("test")) {
            TokenLayout layout = TokenLayout.of(new Crops(100, new Grid(1, 1)));
            DropPath dropPath = new DropPath(BACKEND, arena, layout, 0.9, 1, 0);
            arena.allocate(BACKEND::allocate);
            dropPath.draw(1, 1, MicroBatch.WHOLE);
            double[] keep = new double[100];
            BACKEND.read(dropPath.block(0).mlp().factors().get(0), keep);
            assertTrue(Arrays.stream(keep).allMatch(k -> k == 1));
        }
    }
}
