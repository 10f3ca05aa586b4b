package attmask.ops;

import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;

/** {@link Staging} where the device is the host: what is sent is there at once. */
final class DirectStaging implements Staging {
    private final Backend backend;
    private final Arena arena = new Arena("staged bytes");
    private final Tensor bytes;

    DirectStaging(Backend backend, int size) {
        this.backend = backend;
        bytes = arena.tensor(DType.U8, size);
        arena.allocate(backend::allocate);
    }

    private record Heap(ByteBuffer buffer) implements Piece {
        @Override
        public void await() {
            // It was read when it was sent.
        }
    }

    @Override
    public Piece piece() {
        return new Heap(ByteBuffer.allocate(bytes.dim(0)));
    }

    @Override
    public void send(Piece piece, int count) {
        byte[] sent = new byte[count];
        piece.buffer().get(0, sent);
        backend.write(bytes.slice(0, count), sent);
    }

    @Override
    public Tensor receive() {
        return bytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
