package attmask.cuda.jcuda;

import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import java.util.List;

/**
 * What this machine has of CUDA.
 *
 * @param driver newest CUDA that the driver runs, such as {@code 13.0}; null without a driver
 * @param devices in the driver's order; the first is used (CUDA_VISIBLE_DEVICES chooses)
 * @param cublas version of cuBLAS and where it was found; null without one
 * @param missing one line saying why no training can run on it; null when it can
 */
public record CudaMachine(String driver, List<DeviceProperties> devices, String cublas, String missing) {
    /** cuBLAS 12 needs it; the kernels' PTX would do with 11.8. */
    private static final int OLDEST_DRIVER = 12000;

    /** bfloat16 matrix products and asynchronous copies came with Ampere. */
    private static final int OLDEST_CAPABILITY = 8;

    private static CudaMachine here;

    /** Looks once, and answers the same from then on. Never throws, never prints. */
    public static synchronized CudaMachine probe() {
        if (here == null) {
            here = look();
        }
        return here;
    }

    private static CudaMachine look() {
        try {
            DriverLibrary driver = DriverLibrary.bind();
            String version = driver.version() == 0 ? null : version(driver.version());
            String missing = driver.missing() == null ? tooOld(driver) : driver.missing();
            if (missing != null) {
                return new CudaMachine(version, driver.devices(), null, missing);
            }
            CublasLibrary cublas = CublasLibrary.bind(driver.version() / 1000);
            String found = cublas.missing() == null ? cublas.version() + " (" + cublas.from() + ")" : null;
            return new CudaMachine(version, driver.devices(), found, cublas.missing());
        } catch (LinkageError | RuntimeException e) {
            return new CudaMachine(null, List.of(), null, JniLibrary.reason(e));
        }
    }

    private static String tooOld(DriverLibrary driver) {
        if (driver.version() < OLDEST_DRIVER) {
            return "the NVIDIA driver runs CUDA " + version(driver.version()) + " at most, this program needs "
                    + version(OLDEST_DRIVER) + "; update the driver";
        }
        DeviceProperties device = driver.devices().get(0);
        if (device.major() < OLDEST_CAPABILITY) {
            return device.name() + " has compute capability " + device.major() + "." + device.minor()
                    + ", this program needs " + OLDEST_CAPABILITY + ".0 (Ampere) or later";
        }
        return null;
    }

    private static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    /**
     * Opens the first device.
     *
     * @throws CudaException if something is missing, or the device refuses
     */
    public JCudaDriver open() {
        if (missing != null) {
            throw new CudaException(missing);
        }
        return JCudaDriver.open(DriverLibrary.device(0));
    }
}
