package attmask.data;

import java.util.Arrays;

/** A canonical prefix code of lossless WebP (RFC 9649, 6.2): of the codes of one length, those of later symbols are larger. */
final class WebpPrefixCode {
    private static final int LONGEST = 15;
    /** In this order lie the lengths of the code that the lengths are written in. */
    private static final int[] ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private static final int REPEAT = 16;
    private static final int FEW_ZEROS = 17;

    /** Symbols by length of their code, then by number. */
    private final int[] symbols;
    /** How many have a code of each length. */
    private final int[] counts;

    private WebpPrefixCode(int[] symbols, int[] counts) {
        this.symbols = symbols;
        this.counts = counts;
    }

    private static WebpPrefixCode ofLengths(int[] lengths) throws UnreadableImageException {
        int[] counts = new int[LONGEST + 1];
        for (int length : lengths) {
            counts[length]++;
        }
        counts[0] = 0;
        int[] offsets = new int[LONGEST + 2];
        int free = 1;
        for (int length = 1; length <= LONGEST; length++) {
            offsets[length + 1] = offsets[length] + counts[length];
            free = 2 * free - counts[length];
            if (free < 0) {
                throw new UnreadableImageException("a code of too many symbols");
            }
        }
        int[] symbols = new int[offsets[LONGEST + 1]];
        if (symbols.length == 0 || symbols.length > 1 && free > 0) {
            throw new UnreadableImageException("a code of too few symbols");
        }
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] > 0) {
                symbols[offsets[lengths[symbol]]++] = symbol;
            }
        }
        return new WebpPrefixCode(symbols, counts);
    }

    /** @throws UnreadableImageException if there is none for so many symbols, or the file ends */
    static WebpPrefixCode read(WebpBits bits, int symbols) throws UnreadableImageException {
        if (bits.next(1) == 0) {
            return ofLengths(lengths(bits, symbols));
        }
        boolean two = bits.next(1) == 1;
        int one = bits.next(bits.next(1) == 1 ? Byte.SIZE : 1);
        int[] counts = new int[LONGEST + 1];
        counts[1] = 2;
        // In the order of the file, whichever is larger: so does the decoder.
        return new WebpPrefixCode(two ? new int[] {one, bits.next(Byte.SIZE)} : new int[] {one}, counts);
    }

    private static int[] lengths(WebpBits bits, int symbols) throws UnreadableImageException {
        int[] first = new int[ORDER.length];
        int written = bits.next(4) + 4;
        for (int i = 0; i < written; i++) {
            first[ORDER[i]] = bits.next(3);
        }
        WebpPrefixCode code = ofLengths(first);
        int left = bits.next(1) == 1 ? 2 + bits.next(2 + 2 * bits.next(3)) : symbols;
        int[] lengths = new int[symbols];
        int previous = Byte.SIZE;
        for (int symbol = 0; symbol < symbols && left > 0; left--) {
            int length = code.next(bits);
            if (length < REPEAT) {
                lengths[symbol++] = length;
                previous = length == 0 ? previous : length;
            } else {
                int times = length == REPEAT
                        ? 3 + bits.next(2)
                        : length == FEW_ZEROS ? 3 + bits.next(3) : 11 + bits.next(7);
                if (symbol + times > symbols) {
                    throw new UnreadableImageException("more lengths than symbols");
                }
                Arrays.fill(lengths, symbol, symbol + times, length == REPEAT ? previous : 0);
                symbol += times;
            }
        }
        return lengths;
    }

    /** Reads a symbol; of a code of one, that takes no bits. */
    int next(WebpBits bits) throws UnreadableImageException {
        if (symbols.length == 1) {
            return symbols[0];
        }
        int code = 0;
        int first = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code |= bits.next(1);
            if (code - first < counts[length]) {
                return symbols[index + code - first];
            }
            index += counts[length];
            first = (first + counts[length]) << 1;
            code <<= 1;
        }
        throw new UnreadableImageException("bits that are no code");
    }
}
