package attmask.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.cuda.jcuda.PtxCompiler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgsTest {
    /** Tags of a kernel's attributes in machine code: its parameters' places. */
    private static final int EIATTR_KPARAM_INFO = 0x1704;

    /** p pointer, i int, l long, f float. */
    @ParameterizedTest
    @ValueSource(strings = {"p", "i", "if", "ip", "ppif", "ipfl", "piplif", "iiip", "fifpfifl", "ppppiiiiiffffl"})
    void argumentsLieWhereNvidiasCompilerLooksForThem(String kinds) {
        PtxCompiler.assumeAvailable();
        Args args = fill(kinds);
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < args.count(); i++) {
            places.add(args.offset(i));
        }
        assertEquals(places(PtxCompiler.assemble(kernel(kinds), "sm_80").code(), kinds.length()), places);
    }

    private static Args fill(String kinds) {
        Args args = new Args();
        for (char kind : kinds.toCharArray()) {
            switch (kind) {
                case 'p' -> args.pointer(1);
                case 'i' -> args.i32(2);
                case 'l' -> args.i64(3);
                default -> args.f32(4);
            }
        }
        return args;
    }

    private static String kernel(String kinds) {
        Map<Character, String> types = Map.of('p', ".u64", 'i', ".s32", 'l', ".s64", 'f', ".f32");
        List<String> parameters = new ArrayList<>();
        for (int i = 0; i < kinds.length(); i++) {
            parameters.add(".param " + types.get(kinds.charAt(i)) + " p" + i);
        }
        return ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k(" + String.join(", ", parameters)
                + ") { ret; }\n";
    }

    /**
     * Offsets of the kernel's parameters in the order of declaration. An entry is a tag, 12 as its length, then index,
     * and ordinal and offset as 16 bits each.
     */
    private static List<Integer> places(byte[] code, int count) {
        ByteBuffer elf = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, Integer> found = new TreeMap<>();
        for (int at = 0; at + 16 <= code.length; at += 4) {
            boolean entry = elf.getShort(at) == EIATTR_KPARAM_INFO && elf.getShort(at + 2) == 12;
            if (entry && elf.getInt(at + 4) == 0 && elf.getShort(at + 8) < count) {
                found.put((int) elf.getShort(at + 8), (int) elf.getShort(at + 10));
            }
        }
        assertEquals(count, found.size(), () -> "parameters in " + new String(code, StandardCharsets.ISO_8859_1));
        return List.copyOf(found.values());
    }

    @Test
    void valuesAreNative() {
        Args args =
                new Args().pointer(0x1122334455667788L).i32(-3).f32(1.5f).i32(9).i64(Long.MIN_VALUE);
        ByteBuffer values = args.values();
        assertEquals(ByteOrder.nativeOrder(), values.order());
        assertEquals(0x1122334455667788L, values.getLong(args.offset(0)));
        assertEquals(-3, values.getInt(args.offset(1)));
        assertEquals(1.5f, values.getFloat(args.offset(2)));
        assertEquals(9, values.getInt(args.offset(3)));
        assertEquals(Long.MIN_VALUE, values.getLong(args.offset(4)));
        assertEquals(24, args.offset(4), "8 bytes, three times 4, a gap of 4");
        assertEquals(32, args.bytes());
        assertEquals("(0x1122334455667788, 0xfffffffd, 0x3fc00000, 0x9, 0x8000000000000000)", args.toString());
    }

    @Test
    void clearedArgumentsBeginAnew() {
        Args args = new Args().i32(1).pointer(2);
        assertEquals(0, args.clear().count());
        assertEquals(0, args.bytes());
        assertEquals(0, args.pointer(5).offset(0));
        assertEquals(Long.BYTES, args.size(0));
    }

    @Test
    void tooManyArgumentsAreRefused() {
        Args args = new Args();
        for (int i = 0; i < Args.MOST; i++) {
            args.pointer(i);
        }
        assertThrows(IndexOutOfBoundsException.class, () -> args.i32(0));
    }

    /** Whatever the buffer held before. */
    @Test
    void copiesAreComparedByValueAndBecomeArgumentsAgain() {
        Args used = new Args().pointer(-1).pointer(-1).pointer(-1);
        Args.Copy first = used.clear().i32(7).pointer(8).f32(0.5f).copy();
        Args.Copy second = new Args().i32(7).pointer(8).f32(0.5f).copy();
        assertEquals(first, second);
        assertEquals(first.hashCode(), second.hashCode());
        assertNotEquals(first, new Args().i32(7).pointer(8).f32(0.25f).copy());
        assertNotEquals(new Args().i64(7).copy(), new Args().i32(7).i32(0).copy());
        used.clear().pointer(-1).pointer(-1);
        assertEquals("(0x7, 0x8, 0x3f000000)", used.set(first).toString());
        assertEquals(first, used.copy());
    }
}
