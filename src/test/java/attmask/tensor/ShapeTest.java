package attmask.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.testkit.Contract;
import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void dimensions() {
        Shape shape = Shape.of(8, 17, 36);
        assertEquals(3, shape.rank());
        assertEquals(8, shape.dim(0));
        assertEquals(36, shape.dim(-1));
        assertEquals(17, shape.dim(-2));
        assertEquals(8 * 17 * 36, shape.count());
        assertTrue(shape.is(8, 17, 36));
        assertFalse(shape.is(8, 17));
        assertEquals("(8, 17, 36)", shape.toString());
    }

    @Test
    void countsBeyondAnInt() {
        assertEquals(1L << 40, Shape.of(1 << 20, 1 << 20).count());
        assertEquals(0, Shape.of(1 << 20, 0).count());
    }

    @Test
    void equality() {
        assertEquals(Shape.of(2, 3), Shape.of(2, 3));
        assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
        assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
        int[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 9;
        assertEquals(Shape.of(2, 3), shape, "a shape keeps its sizes");
    }

    @Test
    void noNegativeSizes() {
        Contract.rejects(() -> Shape.of(2, -3), "negative", "-3");
    }
}
