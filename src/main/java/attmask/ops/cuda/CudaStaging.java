package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.Backend;
import attmask.ops.Staging;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Staging} by a stream of copies beside the main one. It waits for the ops that still read what was sent before;
 * ops wait for it only when they ask for what was sent.
 */
final class CudaStaging implements Staging {
    private final Driver driver;
    private final Driver.Stream copies;
    private final Arena arena = new Arena("staged bytes");
    private final Tensor bytes;
    private final List<HostPiece> pieces = new ArrayList<>();
    private Driver.Event sent;

    /** @param copies the stream */
    CudaStaging(Backend backend, Driver driver, Driver.Stream copies, int size) {
        this.driver = driver;
        this.copies = copies;
        bytes = arena.tensor(DType.U8, size);
        arena.allocate(backend::allocate);
    }

    private static final class HostPiece implements Piece {
        private final Driver driver;
        private final Driver.HostBytes memory;
        private Driver.Event read;

        HostPiece(Driver driver, int size) {
            this.driver = driver;
            memory = driver.hostBytes(size);
        }

        @Override
        public ByteBuffer buffer() {
            return memory.buffer();
        }

        @Override
        public void await() {
            if (read != null) {
                driver.await(read);
                read = null;
            }
        }
    }

    @Override
    public Piece piece() {
        HostPiece piece = new HostPiece(driver, bytes.dim(0));
        pieces.add(piece);
        return piece;
    }

    @Override
    public void send(Piece piece, int count) {
        HostPiece from = (HostPiece) piece;
        driver.await(copies, driver.record(Driver.Stream.MAIN));
        driver.upload(copies, at(bytes), from.memory, count);
        sent = driver.record(copies);
        from.read = sent;
    }

    @Override
    public Tensor receive() {
        driver.await(Driver.Stream.MAIN, sent);
        return bytes;
    }

    @Override
    public void close() {
        pieces.forEach(piece -> piece.memory.close());
        arena.close();
    }
}
