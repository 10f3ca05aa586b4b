package attmask.data;

/** A lossless WebP's bits, the lowest of each byte first. */
final class WebpBits {
    private final byte[] file;
    private long at;

    /** @param start number of the first byte */
    WebpBits(byte[] file, long start) {
        this.file = file;
        at = start * Byte.SIZE;
    }

    /**
     * The next bits as a number, the first one its lowest.
     *
     * @param count at most 31
     * @throws UnreadableImageException if the file ends before
     */
    int next(int count) throws UnreadableImageException {
        if (at + count > (long) file.length * Byte.SIZE) {
            throw new UnreadableImageException("truncated");
        }
        int value = 0;
        for (int i = 0; i < count; i++, at++) {
            value |= (file[(int) (at >> 3)] >> (at & 7) & 1) << i;
        }
        return value;
    }
}
