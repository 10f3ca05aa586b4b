package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenLayoutTest {
    /** Two crops of 2×3 patches and three of 1×1. */
    private static final TokenLayout LAYOUT =
            TokenLayout.of(new Crops(2, new Grid(2, 3)), new Crops(3, new Grid(1, 1)));

    @Test
    void counts() {
        assertEquals(2 * 7 + 3 * 2, LAYOUT.rows());
        assertEquals(5, LAYOUT.images());
        assertEquals(2 * 6 + 3, LAYOUT.patches());
        assertEquals(7, LAYOUT.groups().get(0).tokens());
    }

    @Test
    void clsTokensComeFirst() {
        assertArrayEquals(new int[] {0, 7, 14, 16, 18}, LAYOUT.clsRows());
    }

    @Test
    void groupsCoverTheRowsInOrder() {
        Arena arena = new Arena("test");
        assertShapes(LAYOUT.split(arena.tensor(DType.F32, 20, 4)), Shape.of(14, 4), Shape.of(6, 4));
        assertShapes(LAYOUT.splitPatches(arena.tensor(DType.F32, 15, 4)), Shape.of(12, 4), Shape.of(3, 4));
        assertShapes(LAYOUT.splitImages(arena.tensor(DType.F32, 5)), Shape.of(2), Shape.of(3));
    }

    private static void assertShapes(List<Tensor> parts, Shape... shapes) {
        assertEquals(List.of(shapes), parts.stream().map(Tensor::shape).toList());
    }
}
