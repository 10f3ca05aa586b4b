package attmask.data.pack;

import java.nio.charset.StandardCharsets;

/**
 * An image as it lies in a pack.
 *
 * @param name its path in the folder it comes from
 * @param label its class, or -1
 * @param width pixels per row; 0 unless {@code bytes} are pixels
 * @param height rows; 0 unless {@code bytes} are pixels
 * @param bytes what {@code kind} says
 */
public record PackedImage(String name, int label, Kind kind, int width, int height, byte[] bytes) {
    /** What the bytes of an image are; the order is the format's number. */
    public enum Kind {
        /** The image's file as it was. */
        FILE,
        /** height × width × 3 unsigned bytes, red, green and blue of each pixel, row by row. */
        PIXELS,
        /** Why it could not be read, in UTF-8: its place in the order is kept. */
        UNREADABLE
    }

    public static PackedImage file(String name, int label, byte[] bytes) {
        return new PackedImage(name, label, Kind.FILE, 0, 0, bytes);
    }

    public static PackedImage pixels(String name, int label, int width, int height, byte[] rgb) {
        return new PackedImage(name, label, Kind.PIXELS, width, height, rgb);
    }

    public static PackedImage unreadable(String name, int label, String reason) {
        return new PackedImage(name, label, Kind.UNREADABLE, 0, 0, reason.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes that it takes in a shard. */
    public long packedBytes() {
        return (long) bytes.length + name.getBytes(StandardCharsets.UTF_8).length + ShardHeader.RECORD_BYTES;
    }
}
