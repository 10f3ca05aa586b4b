package attmask.data.pack;

import attmask.file.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Writes one shard: a header whose numbers are known at the end, the images' bytes, the table, the names. */
public final class ShardWriter {
    /** So that places in a file fit into 31 bits, whatever the size that is asked for. */
    public static final long LARGEST = 1_000_000_000;

    private final long limit;
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final ByteArrayOutputStream names = new ByteArrayOutputStream();
    private OutputStream out;
    private int images;
    private long data = ShardHeader.BYTES;

    private ShardWriter(long limit) {
        this.limit = limit;
    }

    /** Puts images into a shard. */
    public interface Content {
        /** Adds images as long as {@link ShardWriter#fits} says so, at least one. */
        void addTo(ShardWriter shard) throws IOException;
    }

    /**
     * Writes a shard; the file is there whole or not at all.
     *
     * @param number of the shard
     * @param first number of its first image in the pack
     * @param shorterSide as in {@link PackIndex}
     * @param limit bytes that only a single image may exceed, at most {@link #LARGEST}
     * @return what the index says of it
     * @throws attmask.config.UserException if the folder is missing, not writable or full
     */
    public static PackIndex.ShardEntry write(
            Path file, int number, int first, int shorterSide, long limit, Content content) {
        ShardWriter shard = new ShardWriter(limit);
        ByteBuffer[] header = new ByteBuffer[1];
        WholeFile.write(
                file,
                target -> {
                    shard.out = target;
                    target.write(new byte[ShardHeader.BYTES]);
                    content.addTo(shard);
                    byte[] table = shard.table();
                    target.write(table);
                    header[0] = ByteBuffer.wrap(new ShardHeader(
                                    number,
                                    first,
                                    shorterSide,
                                    shard.images,
                                    (int) shard.data,
                                    Math.toIntExact(shard.data + table.length))
                            .encode(table));
                },
                () -> header[0].array());
        return new PackIndex.ShardEntry(
                shard.images, shard.bytes(), Integer.toHexString(ShardHeader.checksum(header[0])));
    }

    /** Whether an image may be added. */
    public boolean fits(PackedImage image) {
        return images == 0 || bytes() + image.packedBytes() <= limit;
    }

    public void add(PackedImage image) throws IOException {
        out.write(image.bytes());
        data += image.bytes().length;
        names.writeBytes(image.name().getBytes(StandardCharsets.UTF_8));
        CRC32C crc = new CRC32C();
        crc.update(image.bytes());
        ByteBuffer record = ByteBuffer.allocate(ShardHeader.RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(Math.toIntExact(data)).putInt(names.size()).putInt((int) crc.getValue());
        record.putInt(image.label()).putInt(image.kind().ordinal());
        records.writeBytes(record.putInt(image.width()).putInt(image.height()).array());
        images++;
    }

    private long bytes() {
        return data + records.size() + names.size();
    }

    private byte[] table() {
        records.writeBytes(names.toByteArray());
        names.reset();
        return records.toByteArray();
    }
}
