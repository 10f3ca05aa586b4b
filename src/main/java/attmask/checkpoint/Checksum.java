package attmask.checkpoint;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The checksum of a checkpoint: CRC-32C (RFC 3720, appendix B.4) over every byte of the file, where its own eight digits
 * count as zeros. It is the first entry of the safetensors metadata, so its place is known before the file is read.
 */
final class Checksum {
    static final String KEY = "crc32c";
    static final String UNKNOWN = "00000000";

    /** How a file that has one begins, behind the header's length. */
    private static final byte[] BEGINNING =
            ("{\"__metadata__\":{\"" + KEY + "\":\"").getBytes(StandardCharsets.US_ASCII);

    private static final int PLACE = Long.BYTES + BEGINNING.length;
    private static final int LENGTH = PLACE + UNKNOWN.length();

    /** Those whose checksum is lost rather than never written; the first versions had none. */
    private static final Set<String> REQUIRED = Set.of(CheckpointFile.FORMAT, ClassifierCheckpoint.FORMAT);

    private Checksum() {}

    private static String digits(CRC32C sum) {
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** The first bytes of a file of this sum. */
    static byte[] beginning(int headerLength, CRC32C sum) {
        return ByteBuffer.allocate(LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .put(BEGINNING)
                .put(digits(sum).getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /**
     * Reads the whole file, unless it is from a version or a program that writes no checksums.
     *
     * @throws UserException if it is not what was written
     */
    static void verify(SafeTensors file) {
        String stated = file.metadata().get(KEY);
        if (stated == null) {
            if (REQUIRED.contains(file.metadata().get("format"))) {
                throw damaged(file, "its checksum is gone");
            }
            return;
        }
        CRC32C sum = new CRC32C();
        boolean[] first = {true};
        file.forEachByte(bytes -> {
            if (first[0] && bytes.limit() >= LENGTH) {
                bytes.duplicate().position(PLACE).put(UNKNOWN.getBytes(StandardCharsets.US_ASCII));
            }
            first[0] = false;
            sum.update(bytes);
        });
        if (!digits(sum).equals(stated)) {
            throw damaged(file, "its checksum is " + digits(sum) + ", not " + Untrusted.shown(stated));
        }
    }

    private static UserException damaged(SafeTensors file, String complaint) {
        return new UserException(file.name() + " is damaged: " + complaint + "; use another checkpoint");
    }
}
