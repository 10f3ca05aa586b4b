package attmask.eval;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The start of a NumPy file, format 1.0: magic, version, and a Python dictionary padded so that the data begin on a
 * multiple of 64 bytes (numpy.lib.format).
 */
final class NpyHeader {
    /** Long enough for any shape of two dimensions. */
    static final int BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

    private NpyHeader() {}

    /** The header of a little-endian float32 matrix, row-major. */
    static byte[] floats(int rows, int columns) {
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
        byte[] header = new byte[BYTES];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        int length = BYTES - MAGIC.length - 2;
        header[MAGIC.length] = (byte) length;
        header[MAGIC.length + 1] = (byte) (length >> 8);
        byte[] text = dictionary.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, MAGIC.length + 2, text.length);
        header[BYTES - 1] = '\n';
        return header;
    }
}
