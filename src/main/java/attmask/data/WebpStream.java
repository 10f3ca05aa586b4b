package attmask.data;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A WebP's bytes for its decoder, whose reader of bits looks eight bytes ahead, and goes round in the last eight for
 * ever when the file ends before its image does. Here as many zeros follow the file, and behind them is a failure that
 * the reader does not catch: it comes when bits are asked for that are not the file's.
 */
final class WebpStream extends ImageInputStreamImpl {
    private static final int LOOKED_AHEAD = 8;

    private final byte[] file;

    WebpStream(byte[] file) {
        this.file = file;
    }

    /** @throws UnreadableImageException behind the zeros; an EOFException would be caught */
    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        read(one, 0, 1);
        return one[0] & 0xFF;
    }

    /** @throws UnreadableImageException behind the zeros; an EOFException would be caught */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        bitOffset = 0;
        long left = (long) file.length + LOOKED_AHEAD - streamPos;
        if (left <= 0) {
            throw new UnreadableImageException("truncated");
        }
        int count = (int) Math.min(length, left);
        for (int i = 0; i < count; i++) {
            long at = streamPos + i;
            bytes[offset + i] = at < file.length ? file[(int) at] : 0;
        }
        streamPos += count;
        return count;
    }
}
