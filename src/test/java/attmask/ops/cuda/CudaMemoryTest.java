package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** What a user reads when the device's memory does not suffice. */
class CudaMemoryTest {
    private static final long FREE = 512_000_000;

    /** A device with so much free memory, all of it in pieces. */
    private static Driver driver() {
        return (Driver) Proxy.newProxyInstance(
                Driver.class.getClassLoader(),
                new Class<?>[] {Driver.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "device" -> new DeviceProperties("small", 8, 0, 1, 2 * FREE, 49_152);
                    case "freeBytes" -> FREE;
                    case "allocate" ->
                        throw new CudaException("allocate " + arguments[0] + ": CUDA_ERROR_OUT_OF_MEMORY");
                    default -> null;
                });
    }

    private static UserException refused(long bytes) {
        try (CudaBackend backend = new CudaBackend(driver())) {
            return assertThrows(UserException.class, () -> backend.allocate(bytes));
        }
    }

    @Test
    void saysWhatIsFreeAndWhatIsNeeded() {
        String message = refused(2_500_000_000L).getMessage();
        assertEquals(1, message.lines().count());
        assertTrue(message.contains("512.0 MB free"), message);
        assertTrue(message.contains("2500.0 MB"), message);
        assertTrue(message.contains("--batch"), message);
    }

    @Test
    void memoryInPiecesIsToldAlike() {
        UserException refused = refused(FREE);
        assertTrue(refused.getMessage().contains("512.0 MB"), refused.getMessage());
        assertTrue(refused.getCause().getMessage().contains("OUT_OF_MEMORY"));
    }
}
