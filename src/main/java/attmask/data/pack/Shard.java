package attmask.data.pack;

import attmask.config.UserException;
import attmask.data.pack.PackedImage.Kind;
import attmask.file.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A shard, mapped into memory: names, labels and bytes are read where they lie, so millions of images take no heap. All
 * places and sizes in its table are checked on opening. Thread-safe.
 */
public final class Shard {
    private static final Kind[] KINDS = Kind.values();

    private final Path file;
    private final ByteBuffer map;
    private final ShardHeader header;
    /** Where the names begin. */
    private final int names;

    private Shard(Path file, ByteBuffer map) throws ShardHeader.Invalid {
        this.file = file;
        this.map = map;
        this.header = ShardHeader.decode(map);
        this.names = header.table() + header.images() * ShardHeader.RECORD_BYTES;
        for (int i = 0; i < header.images(); i++) {
            check(i);
        }
        if (dataEnd(header.images() - 1) != header.table() || nameEnd(header.images() - 1) != header.end()) {
            throw new ShardHeader.Invalid("its images or names do not end where they should");
        }
    }

    /**
     * Maps a shard.
     *
     * @throws UserException if it is missing or damaged; the bytes of the images are not looked at
     */
    public static Shard open(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            long bytes = channel.size();
            if (bytes > Integer.MAX_VALUE) {
                throw damaged(file, "it has " + bytes + " bytes, more than a shard can have");
            }
            ByteBuffer map =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes).order(ByteOrder.LITTLE_ENDIAN);
            return new Shard(file, map);
        } catch (ShardHeader.Invalid e) {
            throw damaged(file, e.getMessage());
        } catch (IOException e) {
            throw new UserException(
                    "cannot read the pack's shard " + file + ": " + FileProblem.reason(e)
                            + "; a pack's shards lie beside its index",
                    e);
        }
    }

    private static UserException damaged(Path file, String why) {
        return new UserException("the pack's shard " + file + " is damaged: " + why + "; copy it again, or remove it"
                + " and pack again with --resume");
    }

    private void check(int image) throws ShardHeader.Invalid {
        // Bytes and names lie without gaps, so every byte of the file belongs to something with a checksum.
        boolean inside = dataEnd(image) >= dataStart(image)
                && dataEnd(image) <= header.table()
                && nameEnd(image) >= nameStart(image)
                && nameEnd(image) <= header.end();
        int kind = record(image, 4);
        if (!inside || kind < 0 || kind >= KINDS.length) {
            throw new ShardHeader.Invalid("its table contradicts itself at image " + image);
        }
        boolean pixels = KINDS[kind] == Kind.PIXELS;
        boolean shaped = pixels
                ? width(image) > 0
                        && height(image) > 0
                        // Both products are exact: the first is below 2^62, and the second is of a number below 2^30.
                        && (long) width(image) * height(image) < 1 << 30
                        && 3L * width(image) * height(image) == length(image)
                : width(image) == 0 && height(image) == 0;
        if (!shaped) {
            throw new ShardHeader.Invalid("the size of image " + image + " does not fit its bytes");
        }
    }

    public int images() {
        return header.images();
    }

    /** The number of the shard in its pack. */
    public int number() {
        return header.number();
    }

    /** The number in the pack of its first image. */
    public int first() {
        return header.first();
    }

    /** As in {@link PackIndex}. */
    public int shorterSide() {
        return header.shorterSide();
    }

    /** What the index says of it. */
    public PackIndex.ShardEntry entry() {
        return new PackIndex.ShardEntry(header.images(), header.end(), Integer.toHexString(ShardHeader.checksum(map)));
    }

    /** Where it lies. */
    public Path file() {
        return file;
    }

    public String name(int image) {
        byte[] utf8 = new byte[nameEnd(image) - nameStart(image)];
        map.get(nameStart(image), utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Class, or -1; whether there is such a class, the index knows. */
    public int label(int image) {
        return record(image, 3);
    }

    public Kind kind(int image) {
        return KINDS[record(image, 4)];
    }

    /** Pixels per row, if the bytes are pixels. */
    public int width(int image) {
        return record(image, 5);
    }

    /** Rows, if the bytes are pixels. */
    public int height(int image) {
        return record(image, 6);
    }

    /** A copy of the image's bytes. */
    public byte[] bytes(int image) {
        byte[] bytes = new byte[length(image)];
        map.get(dataStart(image), bytes);
        return bytes;
    }

    /** Whether the bytes have the checksum that the table gives. */
    public boolean intact(int image) {
        CRC32C crc = new CRC32C();
        crc.update(map.slice(dataStart(image), length(image)));
        return (int) crc.getValue() == record(image, 2);
    }

    private int length(int image) {
        return dataEnd(image) - dataStart(image);
    }

    private int dataStart(int image) {
        return image == 0 ? ShardHeader.BYTES : dataEnd(image - 1);
    }

    private int dataEnd(int image) {
        return record(image, 0);
    }

    private int nameStart(int image) {
        return image == 0 ? names : nameEnd(image - 1);
    }

    /** In the file; wraps to a negative number when the table's is beyond it. */
    private int nameEnd(int image) {
        return names + record(image, 1);
    }

    private int record(int image, int field) {
        return map.getInt(header.table() + image * ShardHeader.RECORD_BYTES + field * Integer.BYTES);
    }
}
