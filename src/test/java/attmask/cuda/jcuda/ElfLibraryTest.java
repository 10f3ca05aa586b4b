package attmask.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** On JCuda's real binding of cuBLAS. */
class ElfLibraryTest {
    private static final String OLD = "libcublas.so.12";
    private static final String NEW = "libcublas.so.13";

    private static int count(byte[] library, byte[] wanted) {
        int count = 0;
        for (int i = 0; i + wanted.length <= library.length; i++) {
            if (Arrays.equals(library, i, i + wanted.length, wanted, 0, wanted.length)) {
                count++;
            }
        }
        return count;
    }

    /** As a whole string; names of symbols end in it too. */
    private static byte[] string(String name) {
        return ("\0" + name + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] littleEndian(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    }

    @Test
    void theNameAndItsHashChangeAndNothingElse() throws IOException {
        byte[] before = JniLibrary.bytes("JCublas2");
        assertEquals(1, count(before, string(OLD)));
        byte[] copy = before.clone();
        byte[] after = ElfLibrary.retarget(before, OLD, NEW);
        assertTrue(Arrays.equals(copy, before), "the original stays");
        assertEquals(0, count(after, string(OLD)));
        assertEquals(1, count(after, string(NEW)));
        assertEquals(1, count(before, littleEndian(ElfLibrary.hash(OLD))));
        assertEquals(1, count(after, littleEndian(ElfLibrary.hash(NEW))));
        int different = 0;
        for (int i = 0; i < before.length; i++) {
            different += before[i] == after[i] ? 0 : 1;
        }
        assertEquals(2, different, "one digit, and the last byte of a hash that ends in the last character");
    }

    @Test
    void backAgainIsTheOriginal() throws IOException {
        byte[] before = JniLibrary.bytes("JCublas2");
        byte[] twice = ElfLibrary.retarget(ElfLibrary.retarget(before, OLD, NEW), NEW, OLD);
        assertTrue(Arrays.equals(before, twice));
    }

    /** From the listing of any library that glibc's oldest x86-64 functions are linked with. */
    @Test
    void theHashIsTheSystemVOne() {
        assertEquals(0x09691a75, ElfLibrary.hash("GLIBC_2.2.5"));
        assertEquals(0x0d696914, ElfLibrary.hash("GLIBC_2.4"));
    }

    @Test
    void whatIsNotSuchALibraryIsRefused() throws IOException {
        byte[] library = JniLibrary.bytes("JCublas2");
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(new byte[10], OLD, NEW));
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(new byte[1000], OLD, NEW));
        byte[] half = Arrays.copyOf(library, library.length / 2);
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(half, OLD, NEW));
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(library, OLD, "libcublas.so.1"));
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(library, NEW, OLD));
        byte[] driver = JniLibrary.bytes("JCudaDriver");
        assertThrows(IllegalArgumentException.class, () -> ElfLibrary.retarget(driver, OLD, NEW));
    }
}
