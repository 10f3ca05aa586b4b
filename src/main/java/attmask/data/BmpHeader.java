package attmask.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a BMP claims beyond the size of its image: a decoder takes memory for it before it looks whether it is there. */
final class BmpHeader {
    private static final int PIXELS_AT = 10;
    private static final int COMPRESSION = 30;
    private static final int COLOURS = 46;
    private static final int LONG_HEADER = 54;

    /** Another format inside, with a size of its own. */
    private static final int JPEG_INSIDE = 4;

    private static final int PNG_INSIDE = 5;

    private BmpHeader() {}

    /** Whether a file starts as a BMP. */
    static boolean isBmp(byte[] file) {
        return file.length >= LONG_HEADER && file[0] == 'B' && file[1] == 'M';
    }

    /** @throws UnreadableImageException if pixels or palette lie beyond the end, or there is another format inside */
    static void check(byte[] file) throws UnreadableImageException {
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (Integer.toUnsignedLong(header.getInt(PIXELS_AT)) > file.length) {
            throw new UnreadableImageException("truncated");
        }
        boolean old = header.getInt(PIXELS_AT + 4) < LONG_HEADER - 14;
        if (old) {
            return;
        }
        if (Integer.toUnsignedLong(header.getInt(COLOURS)) > file.length) {
            throw new UnreadableImageException("truncated");
        }
        int compression = header.getInt(COMPRESSION);
        if (compression == JPEG_INSIDE || compression == PNG_INSIDE) {
            throw new UnreadableImageException("another format inside a BMP");
        }
    }
}
