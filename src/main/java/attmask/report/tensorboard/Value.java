package attmask.report.tensorboard;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A named value of an event: TensorBoard's message {@code Summary.Value}. Tags are shown in groups, by their first part. */
sealed interface Value {
    /** Which series it belongs to; a tag has one value a step. */
    String tag();

    /** Writes the fields that follow the tag. */
    void writeTo(CodedOutputStream out) throws IOException;

    /** A point of a curve, in single precision: that is all the format has. */
    record Scalar(String tag, double value) implements Value {
        @Override
        public void writeTo(CodedOutputStream out) throws IOException {
            out.writeFloat(2, (float) value);
        }
    }

    /** A picture of three colours, as PNG. */
    record Image(String tag, byte[] png) implements Value {
        private static final int RGB = 3;
        /** A PNG begins with 8 bytes of signature, then length and name of the header, then these. */
        private static final int WIDTH_AT = 16;

        private static final int HEIGHT_AT = 20;
        private static final int HEADER_ENDS = 24;
        private static final int SIGNATURE = 0x89504e47;

        /** Whether a file's bytes are a picture, or its beginning. */
        static boolean isPng(byte[] file) {
            return file.length >= HEADER_ENDS && ByteBuffer.wrap(file).getInt() == SIGNATURE;
        }

        @Override
        public void writeTo(CodedOutputStream out) throws IOException {
            ByteBuffer header = ByteBuffer.wrap(png);
            out.writeByteArray(4, Message.bytes(image -> {
                image.writeInt32(1, header.getInt(HEIGHT_AT));
                image.writeInt32(2, header.getInt(WIDTH_AT));
                image.writeInt32(3, RGB);
                image.writeByteArray(4, png);
            }));
        }
    }

    /** Words, in Markdown. */
    record Text(String tag, String markdown) implements Value {
        /** Of tensors' elements. */
        private static final int STRING = 7;
        /** What tells readers to keep it: DATA_CLASS_TENSOR. */
        private static final int TENSOR = 2;

        @Override
        public void writeTo(CodedOutputStream out) throws IOException {
            out.writeByteArray(8, Message.bytes(tensor -> {
                tensor.writeEnum(1, STRING);
                tensor.writeByteArray(2, Message.EMPTY); // the shape: no dimensions
                tensor.writeString(8, markdown);
            }));
            out.writeByteArray(9, Message.bytes(metadata -> {
                metadata.writeByteArray(1, Message.bytes(plugin -> plugin.writeString(1, "text")));
                metadata.writeEnum(4, TENSOR);
            }));
        }
    }
}
