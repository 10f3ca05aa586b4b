package attmask.cuda.jcuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A 64-bit little-endian ELF library, as far as it takes to make it need another version of a library than the one it
 * was linked with: JCuda's binding asks for {@code libcublas.so.12}, though all it calls is the same in 13.
 */
final class ElfLibrary {
    private static final int MAGIC = 0x464c457f;
    private static final int CLASS_64 = 2;
    private static final int SHT_GNU_VERNEED = 0x6ffffffe;

    /** In the file header: where the section headers lie, the size of one, their number. */
    private static final int E_SHOFF = 0x28;

    private static final int E_SHENTSIZE = 0x3a;
    private static final int E_SHNUM = 0x3c;

    /** In a section header: its type, its place in the file, the section it refers to. */
    private static final int SH_TYPE = 4;

    private static final int SH_OFFSET = 24;
    private static final int SH_LINK = 40;

    private ElfLibrary() {}

    /**
     * A copy that needs {@code to} where the library needs {@code from}: the string that the needed library and its
     * symbols' version share, and that version's hash.
     *
     * @param from a needed library whose name is also a version of its symbols; {@code to} is as long
     * @throws IllegalArgumentException if this is not such a library
     */
    static byte[] retarget(byte[] library, String from, String to) {
        ByteBuffer elf = ByteBuffer.wrap(library.clone()).order(ByteOrder.LITTLE_ENDIAN);
        if (library.length < 64 || elf.getInt(0) != MAGIC || elf.get(4) != CLASS_64) {
            throw new IllegalArgumentException("not a 64-bit ELF library");
        }
        if (from.length() != to.length()) {
            throw new IllegalArgumentException(from + " and " + to + " differ in length");
        }
        try {
            int version = findVersion(elf, from);
            int name = nameOf(elf, version);
            elf.putInt(version, hash(to));
            elf.put(name, to.getBytes(StandardCharsets.US_ASCII));
            return elf.array();
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("a damaged ELF library", e);
        }
    }

    /** Offset of the needed version (an {@code Elf64_Vernaux}) called so. */
    private static int findVersion(ByteBuffer elf, String name) {
        int section = versions(elf);
        int need = offset(elf, section);
        while (true) {
            int version = need + elf.getInt(need + 8);
            for (int left = Short.toUnsignedInt(elf.getShort(need + 2)); left > 0; left--) {
                if (elf.getInt(version) == hash(name)
                        && text(elf, nameOf(elf, version), name.length() + 1).equals(name + "\0")) {
                    return version;
                }
                version += elf.getInt(version + 12);
            }
            int next = elf.getInt(need + 12);
            if (next == 0) {
                throw new IllegalArgumentException("the library needs no version " + name);
            }
            need += next;
        }
    }

    /** Header of the section of needed versions. */
    private static int versions(ByteBuffer elf) {
        int count = Short.toUnsignedInt(elf.getShort(E_SHNUM));
        for (int i = 0; i < count; i++) {
            if (elf.getInt(section(elf, i) + SH_TYPE) == SHT_GNU_VERNEED) {
                return section(elf, i);
            }
        }
        throw new IllegalArgumentException("the library needs no versions");
    }

    /** Offset of a needed version's name. */
    private static int nameOf(ByteBuffer elf, int version) {
        int strings = section(elf, elf.getInt(versions(elf) + SH_LINK));
        return offset(elf, strings) + elf.getInt(version + 8);
    }

    private static int section(ByteBuffer elf, int i) {
        return Math.toIntExact(elf.getLong(E_SHOFF)) + i * Short.toUnsignedInt(elf.getShort(E_SHENTSIZE));
    }

    private static int offset(ByteBuffer elf, int section) {
        return Math.toIntExact(elf.getLong(section + SH_OFFSET));
    }

    private static String text(ByteBuffer elf, int from, int length) {
        byte[] bytes = new byte[length];
        elf.get(from, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The hash of the System V ABI, by which the loader finds versions. */
    static int hash(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash << 4) + name.charAt(i);
            int top = hash & 0xf0000000;
            hash ^= top >>> 24;
            hash &= ~top;
        }
        return hash;
    }
}
