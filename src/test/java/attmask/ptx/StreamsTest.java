package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work of streams happens as late as it may: forgotten waits show, right programs get right results. */
class StreamsTest {
    private static ByteBuffer ints(int... values) {
        ByteBuffer buffer = TestDevice.buffer(4 * values.length);
        buffer.asIntBuffer().put(values);
        return buffer;
    }

    private static int[] read(Driver driver, Driver.Stream stream, long address) {
        ByteBuffer buffer = TestDevice.buffer(8);
        driver.download(stream, buffer, address);
        return new int[] {buffer.getInt(0), buffer.getInt(4)};
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void eventsOrderStreams(long seed) {
        EmulatedDriver driver = new EmulatedDriver(new Adversary(seed, 0));
        Driver.Stream side = driver.stream();
        Driver.Stream third = driver.stream();
        long a = driver.allocate(8);
        long b = driver.allocate(8);
        long c = driver.allocate(8);
        ByteBuffer values = ints(1, 2);
        driver.upload(side, a, values);
        values.putInt(0, 77); // the driver has its own copy
        driver.await(Driver.Stream.MAIN, driver.record(side));
        driver.copy(Driver.Stream.MAIN, b, a, 8);
        Driver.Event copied = driver.record(Driver.Stream.MAIN);
        driver.await(side, copied);
        driver.await(third, copied);
        driver.fill(side, a, (byte) 0, 8);
        driver.copy(third, c, b, 8);
        assertArrayEquals(new int[] {1, 2}, read(driver, third, c));
        assertArrayEquals(new int[] {1, 2}, read(driver, Driver.Stream.MAIN, b));
        assertArrayEquals(new int[] {0, 0}, read(driver, side, a));
    }

    @Test
    void aMissingWaitShows() {
        EmulatedDriver driver = new EmulatedDriver();
        Driver.Stream side = driver.stream();
        long a = driver.allocate(8);
        driver.upload(side, a, ints(1, 2));
        assertThrows(CudaException.class, () -> read(driver, Driver.Stream.MAIN, a));
        driver.synchronize();
        assertArrayEquals(new int[] {1, 2}, read(driver, Driver.Stream.MAIN, a));
    }

    @Test
    void onlyWhatMustHappenHappens() {
        EmulatedDriver driver = new EmulatedDriver();
        Driver.Stream side = driver.stream();
        long a = driver.allocate(8);
        driver.upload(side, a, ints(1, 2));
        Driver.Event first = driver.record(side);
        driver.upload(side, a, ints(3, 4));
        driver.await(Driver.Stream.MAIN, first);
        assertArrayEquals(new int[] {1, 2}, read(driver, Driver.Stream.MAIN, a));
        assertArrayEquals(new int[] {3, 4}, read(driver, side, a));
    }

    @Test
    void freeWaitsForAllWork() {
        EmulatedDriver driver = new EmulatedDriver();
        Driver.Stream side = driver.stream();
        long a = driver.allocate(8);
        long b = driver.allocate(8);
        driver.upload(side, a, ints(5, 6));
        driver.copy(side, b, a, 8);
        driver.free(a);
        assertArrayEquals(new int[] {5, 6}, read(driver, Driver.Stream.MAIN, b));
    }

    @Test
    void nothingHappensBehindAFailure() {
        EmulatedDriver driver = new EmulatedDriver();
        Driver.Stream side = driver.stream();
        long a = driver.allocate(8);
        driver.fill(side, a, (byte) 0, 9);
        driver.fill(side, a, (byte) 0, 8);
        String message = assertThrows(CudaException.class, driver::synchronize).getMessage();
        assertTrue(message.startsWith("fill of 9 bytes"), message);
        assertThrows(CudaException.class, () -> read(driver, side, a));
    }

    @Test
    void streamsOfOthersAreRefused() {
        EmulatedDriver driver = new EmulatedDriver();
        Driver.Stream other = new EmulatedDriver().stream();
        assertThrows(CudaException.class, () -> driver.fill(other, driver.allocate(8), (byte) 0, 8));
        assertThrows(
                CudaException.class,
                () -> driver.await(Driver.Stream.MAIN, new EmulatedDriver().record(Driver.Stream.MAIN)));
    }
}
