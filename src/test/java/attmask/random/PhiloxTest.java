package attmask.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] words(long key, int c0, int c1, int c2, int c3) {
        int[] out = new int[4];
        Philox.words(out, key, c0, c1, c2, c3);
        return out;
    }

    /** The known answers that the authors publish with Random123 (kat_vectors, philox4x32 10). */
    @Test
    void knownAnswers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, words(0, 0, 0, 0, 0));
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, words(-1, -1, -1, -1, -1));
        // Counter and key are the digits of π; the key's first word is its lower half.
        assertArrayEquals(
                new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                words(0x299f31d0a4093822L, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
    }

    /** The unit numbers are multiples of 2⁻²⁴ in [0, 1): exact in float32, so that a GPU has the same. */
    @Test
    void unitNumbers() {
        assertEquals(0f, Philox.unit(0));
        assertEquals(0f, Philox.unit(255));
        assertEquals(0x1p-24f, Philox.unit(256));
        assertEquals(0.5f, Philox.unit(0x80000000));
        assertEquals(1 - 0x1p-24f, Philox.unit(-1));
        assertTrue(Philox.unit(-1) < 1);
    }
}
