package attmask.checkpoint.pytorch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles and archives put together by hand, for what no torch.save writes. */
public final class Pickles {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Protocol 2. */
    public static Pickles start() {
        return new Pickles().op(0x80, 2);
    }

    public Pickles op(int... codes) {
        for (int code : codes) {
            bytes.write(code);
        }
        return this;
    }

    public Pickles ascii(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    public Pickles global(String module, String name) {
        return ascii("c" + module + "\n" + name + "\n");
    }

    public Pickles text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return op('X').int32(utf8.length).ascii(new String(utf8, StandardCharsets.ISO_8859_1));
    }

    public Pickles int32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    /** A whole number as LONG1, of eight bytes. */
    public Pickles whole(long value) {
        bytes.write(0x8A);
        bytes.write(8);
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    /** A float tensor of one dimension, a view of storage "0". */
    public Pickles tensor(long storageCount, long offset, long size, long stride) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .op('(', '(')
                .text("storage")
                .global("torch", "FloatStorage")
                .text("0")
                .text("cpu")
                .whole(storageCount)
                .op('t', 'Q')
                .whole(offset)
                .whole(size)
                .op(0x85)
                .whole(stride)
                .op(0x85, 0x89)
                .global("collections", "OrderedDict")
                .op(')', 'R', 't', 'R');
    }

    public byte[] stop() {
        return op('.').bytes();
    }

    /** Without the opcode that ends a pickle. */
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** PyTorch's archive, entries as given: name, then content. */
    public static byte[] archive(int method, Object... entries) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            for (int i = 0; i < entries.length; i += 2) {
                byte[] content = (byte[]) entries[i + 1];
                ZipEntry entry = new ZipEntry("archive/" + entries[i]);
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    CRC32 crc = new CRC32();
                    crc.update(content);
                    entry.setCrc(crc.getValue());
                    entry.setSize(content.length);
                }
                zip.putNextEntry(entry);
                zip.write(content);
                zip.closeEntry();
            }
        }
        return file.toByteArray();
    }
}
