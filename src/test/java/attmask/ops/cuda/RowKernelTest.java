package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RowKernelTest {
    @Test
    void wideWhereEveryRowOfEveryTensorStartsOnSixteenBytes() {
        assertTrue(RowKernel.isWide(8, 0x100 | 0x110));
        assertFalse(RowKernel.isWide(8, 0x100 | 0x104), "a slice");
        assertFalse(RowKernel.isWide(6, 0x100), "the second row");
        assertFalse(RowKernel.isWide(1, 0x100));
    }
}
