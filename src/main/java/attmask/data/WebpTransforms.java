package attmask.data;

/**
 * The transforms that a lossless WebP image begins with. Each may be there once (RFC 9649, 4), but the decoder does all
 * that it is told, each a pass over the whole image for three bits of the file. To know where the next one begins, the small images
 * that belong to them have to be read, as here: symbols and lengths, no pixels.
 */
final class WebpTransforms {
    private static final int PREDICTOR = 0;
    private static final int COLOUR = 1;
    private static final int PALETTE = 3;

    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int MOST_CACHE_BITS = 11;

    private final WebpBits bits;

    private WebpTransforms(WebpBits bits) {
        this.bits = bits;
    }

    /**
     * Looks at the transforms of an image.
     *
     * @param start number of the byte in which they begin
     * @throws UnreadableImageException if there is one twice, or the file ends among them
     */
    static void check(byte[] file, long start, int width, int height) throws UnreadableImageException {
        new WebpTransforms(new WebpBits(file, start)).check(width, height);
    }

    private void check(int width, int height) throws UnreadableImageException {
        int columns = width;
        int seen = 0;
        while (bits.next(1) == 1) {
            int type = bits.next(2);
            if ((seen >> type & 1) == 1) {
                throw new UnreadableImageException("a transform twice, which no image needs");
            }
            seen |= 1 << type;
            if (type == PREDICTOR || type == COLOUR) {
                int block = bits.next(3) + 2;
                skipImage(blocks(columns, block), blocks(height, block));
            } else if (type == PALETTE) {
                int colours = bits.next(8) + 1;
                skipImage(colours, 1);
                columns = blocks(columns, colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3);
            }
        }
    }

    /** Squares of 2^{@code bits} pixels a side, the last one perhaps in part. */
    private static int blocks(int pixels, int bits) {
        return (pixels + (1 << bits) - 1) >> bits;
    }

    private void skipImage(int width, int height) throws UnreadableImageException {
        int cache = bits.next(1) == 1 ? bits.next(4) : 0;
        if (cache > MOST_CACHE_BITS) {
            throw new UnreadableImageException("a cache of 2^" + cache + " colours");
        }
        WebpPrefixCode green = code(LITERALS + LENGTHS + (cache == 0 ? 0 : 1 << cache));
        WebpPrefixCode red = code(LITERALS);
        WebpPrefixCode blue = code(LITERALS);
        WebpPrefixCode alpha = code(LITERALS);
        WebpPrefixCode distance = code(DISTANCES);
        for (long left = (long) width * height; left > 0; ) {
            int symbol = green.next(bits);
            if (symbol < LITERALS) {
                red.next(bits);
                blue.next(bits);
                alpha.next(bits);
                left--;
            } else if (symbol < LITERALS + LENGTHS) {
                left -= value(symbol - LITERALS);
                value(distance.next(bits));
            } else {
                left--;
            }
        }
    }

    private WebpPrefixCode code(int symbols) throws UnreadableImageException {
        return WebpPrefixCode.read(bits, symbols);
    }

    /** A length or distance: its first bits are the symbol's, the rest follow. */
    private int value(int symbol) throws UnreadableImageException {
        if (symbol < 4) {
            return symbol + 1;
        }
        int more = (symbol - 2) >> 1;
        return ((2 + (symbol & 1)) << more) + bits.next(more) + 1;
    }
}
