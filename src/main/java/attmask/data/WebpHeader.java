package attmask.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a WebP claims and its decoder believes: its length, and the sizes of the frames on its canvas. */
final class WebpHeader {
    private static final int RIFF_HEADER = 12;
    /** From a chunk's name to behind the numbers of its frame's size. */
    private static final int FRAME_HEADER = 18;

    private static final int LOSSY = name("VP8 ");
    private static final int LOSSLESS = name("VP8L");
    private static final int ALPHA = name("ALPH");
    private static final int ANIMATION_FRAME = name("ANMF");
    private static final int CANVAS = name("VP8X");
    private static final int CANVAS_MASK = (1 << 24) - 1;
    private static final int CHUNK_HEADER = 8;
    private static final int LOSSLESS_HEADER = 5;
    /** Of the flags of alpha. */
    private static final int COMPRESSION = 3;
    /** Place, size, duration and flags of a frame of an animation, before the chunks in it. */
    private static final int ANIMATION_HEADER = 16;

    private static final int SIDE_BITS = 14;
    private static final int SIDE_MASK = (1 << SIDE_BITS) - 1;

    private final ByteBuffer bytes;
    private final long mostPixels;

    private WebpHeader(byte[] file, long mostPixels) {
        bytes = order(file);
        this.mostPixels = mostPixels;
    }

    private static int name(String text) {
        return order(text.getBytes(StandardCharsets.US_ASCII)).getInt(0);
    }

    private static ByteBuffer order(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether a file starts as a RIFF, of which WebP is the one for images. */
    static boolean isRiff(byte[] file) {
        return file.length >= RIFF_HEADER && order(file).getInt(0) == name("RIFF");
    }

    /**
     * The decoder takes missing bytes for zeros, and a frame has a size of its own, whatever the canvas says.
     *
     * @throws UnreadableImageException if the file ends early, a frame has more pixels than allowed, there are more
     *     frames than one, or than one for each frame of an animation, or one has a transform twice
     */
    static void check(byte[] file, long mostPixels) throws UnreadableImageException {
        ByteBuffer bytes = order(file);
        if (Integer.toUnsignedLong(bytes.getInt(4)) + 8 > file.length) {
            throw new UnreadableImageException("truncated");
        }
        // Wherever they are, also inside other chunks.
        for (int at = RIFF_HEADER; at + FRAME_HEADER <= file.length; at++) {
            int chunk = bytes.getInt(at);
            long pixels = 0;
            if (chunk == LOSSY) {
                pixels = (long) (bytes.getShort(at + 14) & SIDE_MASK) * (bytes.getShort(at + 16) & SIDE_MASK);
            } else if (chunk == LOSSLESS) {
                int sides = bytes.getInt(at + 9);
                pixels = (long) ((sides & SIDE_MASK) + 1) * ((sides >>> SIDE_BITS & SIDE_MASK) + 1);
            }
            requireAtMost(mostPixels, pixels);
        }
        new WebpHeader(file, mostPixels).checkFrames(RIFF_HEADER, file.length, Sides.OF_THE_FRAME);
    }

    private static void requireAtMost(long mostPixels, long pixels) throws UnreadableImageException {
        if (pixels > mostPixels) {
            throw new UnreadableImageException(
                    "a frame of " + pixels + " pixels, more than the limit of " + mostPixels);
        }
    }

    /** What the decoder takes for a frame's width and height. */
    private record Sides(int width, int height) {
        /** Until the file says otherwise. */
        static final Sides OF_THE_FRAME = new Sides(0, 0);

        /** As in a chunk for a canvas, or for a frame of an animation: each less one, in 24 bits. */
        static Sides at(ByteBuffer bytes, long at) {
            return new Sides(
                    1 + (bytes.getInt((int) at) & CANVAS_MASK), 1 + (bytes.getInt((int) at + 2) >>> Byte.SIZE));
        }

        /** As in a lossless frame. */
        Sides or(int packed) {
            return width == 0 ? new Sides((packed & SIDE_MASK) + 1, (packed >>> SIDE_BITS & SIDE_MASK) + 1) : this;
        }
    }

    /** The decoder decodes whatever follows the first, over it: a few bytes each, and as long as the whole image. */
    private void checkFrames(long from, long to, Sides sides) throws UnreadableImageException {
        Sides canvas = sides;
        int frames = 0;
        int alphas = 0;
        for (long at = from; at + FRAME_HEADER <= to; ) {
            int chunk = bytes.getInt((int) at);
            long length = Integer.toUnsignedLong(bytes.getInt((int) at + 4));
            long content = at + CHUNK_HEADER;
            if (chunk == CANVAS && from == RIFF_HEADER) {
                canvas = Sides.at(bytes, content + 4);
            } else if (chunk == LOSSY) {
                frames++;
            } else if (chunk == LOSSLESS) {
                frames++;
                checkTransforms(content + LOSSLESS_HEADER, canvas.or(bytes.getInt((int) content + 1)));
            } else if (chunk == ALPHA) {
                alphas++;
                if ((bytes.get((int) content) & COMPRESSION) == 1) {
                    checkTransforms(content + 1, canvas);
                }
            } else if (chunk == ANIMATION_FRAME && from == RIFF_HEADER && content + ANIMATION_HEADER <= to) {
                long end = Math.min(content + length, to);
                checkFrames(content + ANIMATION_HEADER, end, Sides.at(bytes, content + 6));
            }
            at = content + length + (length & 1);
        }
        if (frames > 1 || alphas > 1) {
            throw new UnreadableImageException("more than one frame in place of one");
        }
    }

    private void checkTransforms(long start, Sides sides) throws UnreadableImageException {
        requireAtMost(mostPixels, (long) sides.width * sides.height);
        WebpTransforms.check(bytes.array(), start, sides.width, sides.height);
    }
}
