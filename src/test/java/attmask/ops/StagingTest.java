package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import attmask.cuda.CudaException;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes arrive when they are received, stay while they are used, and leave their piece when it is waited for. */
class StagingTest {
    private static final int SIZE = 100;

    private static byte[] bytes(int value) {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] read(Backend backend, Tensor tensor) {
        byte[] values = new byte[SIZE];
        backend.read(tensor, values);
        return values;
    }

    private static void send(Staging staging, Staging.Piece piece, int value) {
        piece.buffer().put(0, bytes(value));
        staging.send(piece, SIZE);
    }

    /** @param finish lets all queued work happen, in any order that the device may choose */
    private static void twoBatches(Backend backend, Runnable finish) {
        try (Arena arena = new Arena("results")) {
            Tensor first = arena.tensor(DType.U8, SIZE);
            Tensor second = arena.tensor(DType.U8, SIZE);
            arena.allocate(backend::allocate);
            try (Staging staging = backend.staging(SIZE)) {
                Staging.Piece one = staging.piece();
                Staging.Piece other = staging.piece();
                send(staging, one, 1);
                backend.copy(first, staging.receive());
                send(staging, other, 2);
                finish.run();
                assertArrayEquals(bytes(1), read(backend, first));
                one.await();
                other.await();
                send(staging, one, 3);
                one.await();
                one.buffer().put(0, bytes(4));
                backend.copy(second, staging.receive());
                assertArrayEquals(bytes(3), read(backend, second));
            }
        }
    }

    /** Backends of their own: a second stream makes a driver's work late, for all who share it. */
    private static Stream<Backend> backends() {
        return Stream.of(new ReferenceBackend(), new CpuBackend(2), new CudaBackend(new EmulatedDriver()));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void everyBackend(Backend backend) {
        try (backend) {
            twoBatches(backend, () -> {});
            sendsAsManyBytesAsAreAskedFor(backend);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void inAnyOrderOfStreams(long order) {
        EmulatedDriver driver = new EmulatedDriver(new Adversary(order, 0));
        try (Backend backend = new CudaBackend(driver)) {
            twoBatches(backend, driver::synchronize);
            memoryIsGivenBack(backend, driver);
        }
    }

    private static void sendsAsManyBytesAsAreAskedFor(Backend backend) {
        try (Staging staging = backend.staging(SIZE)) {
            Staging.Piece piece = staging.piece();
            send(staging, piece, 1);
            piece.await();
            piece.buffer().put(0, bytes(2));
            staging.send(piece, 10);
            byte[] expected = bytes(1);
            Arrays.fill(expected, 0, 10, (byte) 2);
            assertArrayEquals(expected, read(backend, staging.receive()));
        }
    }

    private static void memoryIsGivenBack(Backend backend, EmulatedDriver driver) {
        long free = driver.freeBytes();
        Staging staging = backend.staging(SIZE);
        Staging.Piece piece = staging.piece();
        send(staging, piece, 1);
        staging.close();
        assertEquals(free, driver.freeBytes());
        assertThrows(CudaException.class, piece::buffer);
    }
}
