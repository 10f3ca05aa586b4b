package attmask.checkpoint.pytorch;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read forwards; never more of them than {@link #LARGEST}. */
final class PickleInput {
    /** A full checkpoint of a ViT-L has about one megabyte of pickle; the numbers are elsewhere. */
    static final long LARGEST = 64L << 20;

    private static final int LONGEST_LINE = 1000;

    private final String file;
    private final InputStream in;
    private long position;

    /** @param file what messages call it */
    PickleInput(String file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /** Bytes read so far. */
    long position() {
        return position;
    }

    int unsignedByte() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw damaged("it ends in the middle (cut short?)");
        }
        count(1);
        return value;
    }

    int unsignedShort() throws IOException {
        return buffer(2).getShort() & 0xFFFF;
    }

    int signedInt() throws IOException {
        return buffer(4).getInt();
    }

    long unsignedInt() throws IOException {
        return signedInt() & 0xFFFFFFFFL;
    }

    long signedLong() throws IOException {
        return buffer(8).getLong();
    }

    /** Pickle's only big-endian number. */
    double bigEndianDouble() throws IOException {
        return ByteBuffer.wrap(bytes(8)).getDouble();
    }

    /** So many bytes; the memory for them is taken as they come, whatever {@code count} claims. */
    byte[] bytes(long count) throws IOException {
        if (count < 0 || count > LARGEST) {
            throw damaged("it claims a text or number of " + Long.toUnsignedString(count) + " bytes");
        }
        byte[] bytes = in.readNBytes((int) count);
        if (bytes.length < count) {
            throw damaged("it ends in the middle (cut short?)");
        }
        count(count);
        return bytes;
    }

    String text(long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(count));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw damaged("a text in it is not valid UTF-8");
        }
    }

    /** The rest of the line, without its line feed. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = unsignedByte(); c != '\n'; c = unsignedByte()) {
            if (line.size() == LONGEST_LINE) {
                throw damaged("a line in it is longer than " + LONGEST_LINE + " bytes");
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private ByteBuffer buffer(int count) throws IOException {
        return ByteBuffer.wrap(bytes(count)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void count(long bytes) {
        position += bytes;
        if (position > LARGEST) {
            throw damaged("it is longer than " + LARGEST + " bytes");
        }
    }

    UserException damaged(String complaint) {
        return new UserException("cannot import " + file + ": its pickle is not one of torch.save: " + complaint);
    }

    UserException refused(String name) {
        return new UserException("cannot import " + file + ": its pickle asks for " + Untrusted.shown(name)
                + ", which weights do not need; nothing of it was run. If you trust where it is from, load it in PyTorch and"
                + " save the weights alone: torch.save(model.state_dict(), FILE)");
    }
}
