package attmask.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BFloat16Test {
    /** Every number of the format is itself; NaN stays NaN. */
    @Test
    void allNumbers() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = BFloat16.value((short) bits);
            short again = BFloat16.bits(value);
            if (Float.isNaN(value)) {
                assertTrue(Float.isNaN(BFloat16.value(again)), Integer.toHexString(bits));
            } else {
                assertEquals((short) bits, again, Integer.toHexString(bits));
            }
        }
    }

    /** Between two neighbours the nearer one is taken, in the middle the even one; beyond the largest is infinity. */
    @Test
    void everyGap() {
        for (int bits = 0; bits < 0x7f80; bits++) {
            int low = bits << 16;
            short even = (short) (bits % 2 == 0 ? bits : bits + 1);
            assertEquals((short) bits, BFloat16.bits(Float.intBitsToFloat(low + 0x7fff)));
            assertEquals(even, BFloat16.bits(Float.intBitsToFloat(low + 0x8000)));
            assertEquals((short) (bits + 1), BFloat16.bits(Float.intBitsToFloat(low + 0x8001)));
            assertEquals((short) (0x8000 | even), BFloat16.bits(Float.intBitsToFloat(low + 0x8000 | 1 << 31)));
        }
        assertEquals(Float.NEGATIVE_INFINITY, BFloat16.value(BFloat16.bits(-Float.MAX_VALUE)));
    }
}
