package attmask.ops;

import attmask.tensor.Tensor;
import java.nio.ByteBuffer;

/**
 * A way for bytes to the device beside its work: pieces of host memory that any thread may fill, and one place on the
 * device, of the same size, where ops find what was sent last. All but {@link Piece#buffer} belongs to the thread that
 * uses the backend.
 */
public interface Staging extends AutoCloseable {
    /** Another piece of host memory. */
    Piece piece();

    /**
     * Sends the first bytes of a piece to the device: when all ops asked for so far are done, and perhaps beside those
     * asked for later.
     */
    void send(Piece piece, int bytes);

    /** Bytes on the device, for ops asked for from here on. Those asked for before the last {@link #send} saw others. */
    Tensor receive();

    /** No piece may be used any more. */
    @Override
    void close();

    /** Host memory that the device can read. */
    interface Piece {
        /** All of it. Not to be written between {@link Staging#send} and {@link #await}. */
        ByteBuffer buffer();

        /** Waits until what was sent has been read. */
        void await();
    }
}
