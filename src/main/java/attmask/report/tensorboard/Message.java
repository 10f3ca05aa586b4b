package attmask.report.tensorboard;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/**
 * The messages of an event file: TensorFlow's {@code Event}, of which only the few fields are written that curves,
 * pictures and words need (event.proto, summary.proto and tensor.proto have the numbers).
 */
final class Message {
    static final byte[] EMPTY = {};

    private static final int START = 1;

    private Message() {}

    /** The fields of a message, in the order of their numbers. */
    interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    static byte[] bytes(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }

    /**
     * The first event of a file.
     *
     * @param seconds since 1970, as in all events
     */
    static byte[] version(double seconds) throws IOException {
        return bytes(event -> {
            event.writeDouble(1, seconds);
            event.writeString(3, "brain.Event:2");
        });
    }

    /** A session begins: whatever earlier files have of {@code step} and later steps holds no more. */
    static byte[] start(double seconds, long step) throws IOException {
        return bytes(event -> {
            event.writeDouble(1, seconds);
            event.writeInt64(2, step);
            event.writeByteArray(7, bytes(session -> session.writeEnum(1, START)));
        });
    }

    /** What is known after {@code step} steps. */
    static byte[] summary(double seconds, long step, List<Value> values) throws IOException {
        return bytes(event -> {
            event.writeDouble(1, seconds);
            event.writeInt64(2, step);
            event.writeByteArray(5, bytes(summary -> {
                for (Value value : values) {
                    summary.writeByteArray(1, bytes(fields -> {
                        fields.writeString(1, value.tag());
                        value.writeTo(fields);
                    }));
                }
            }));
        });
    }
}
