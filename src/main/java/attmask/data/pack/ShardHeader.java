package attmask.data.pack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The first bytes of a shard.
 *
 * @param number of the shard, from 0
 * @param first number of its first image in the pack
 * @param shorterSide pixels that decoded images were reduced to, or 0 for files as they were
 * @param images in this shard, at least 1
 * @param table where the table begins, which is where the images' bytes end
 * @param end where the names end, which is the length of the file
 */
record ShardHeader(int number, int first, int shorterSide, int images, int table, int end) {
    static final int VERSION = 1;
    static final int BYTES = 40;
    /** End of the image's bytes, end of its name, checksum, label, kind, width, height: 4 bytes each. */
    static final int RECORD_BYTES = 28;

    private static final byte[] MAGIC = "ATTSHARD".getBytes(StandardCharsets.US_ASCII);
    private static final int CHECKSUM_AT = BYTES - Integer.BYTES;

    /** Why bytes are no header. */
    static final class Invalid extends Exception {
        private static final long serialVersionUID = 1L;

        Invalid(String why) {
            super(why);
        }
    }

    /** The header's bytes, with a checksum of them and of the table and names after the images. */
    byte[] encode(byte[] table) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putInt(VERSION).putInt(number).putInt(first).putInt(shorterSide);
        bytes.putInt(images).putInt(this.table).putInt(end);
        return bytes.putInt(checksum(bytes.array(), ByteBuffer.wrap(table))).array();
    }

    /** Reads the header of a whole shard and checks it against the file's length and the table's checksum. */
    static ShardHeader decode(ByteBuffer shard) throws Invalid {
        if (shard.capacity() < BYTES) {
            throw new Invalid("it has " + shard.capacity() + " bytes, fewer than its header");
        }
        byte[] start = new byte[BYTES];
        shard.get(0, start);
        ByteBuffer bytes = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new Invalid("it does not begin as a shard does");
        }
        bytes.position(MAGIC.length);
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new Invalid("its format has version " + version + ", this program reads " + VERSION);
        }
        ShardHeader header = new ShardHeader(
                bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt());
        header.check(shard);
        return header;
    }

    private void check(ByteBuffer shard) throws Invalid {
        if (end != shard.capacity()) {
            throw new Invalid("it has " + shard.capacity() + " bytes instead of " + Integer.toUnsignedString(end)
                    + " (cut short?)");
        }
        if (number < 0
                || first < 0
                || shorterSide < 0
                || images < 1
                || table < BYTES
                || table > end
                || (long) images * RECORD_BYTES > end - table) {
            throw new Invalid("its header contradicts itself");
        }
        byte[] start = new byte[BYTES];
        shard.get(0, start);
        if (checksum(start, shard.slice(table, end - table)) != checksum(shard)) {
            throw new Invalid("the checksum of its table is wrong");
        }
    }

    /** What a shard's header gives as checksum, which the index repeats. */
    static int checksum(ByteBuffer shard) {
        return shard.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM_AT);
    }

    private static int checksum(byte[] header, ByteBuffer table) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, CHECKSUM_AT);
        crc.update(table);
        return (int) crc.getValue();
    }
}
