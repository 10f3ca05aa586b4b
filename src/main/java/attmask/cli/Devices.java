package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.Precision;
import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import attmask.cuda.jcuda.CudaMachine;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;

/** The only place that picks a backend, and that says why. */
final class Devices {
    private Devices() {}

    /**
     * @param backend what was chosen
     * @param reason one line for the user
     */
    record Chosen(Backend backend, String reason) {}

    /**
     * CUDA if it was asked for; in {@code auto} mode if this machine has all that it needs.
     *
     * @param precision of the GPU
     * @param threads of the CPU backend; 0 for one on each core
     * @throws UserException if CUDA was asked for and something is missing
     */
    static Chosen choose(DeviceChoice choice, Precision precision, int threads) {
        if (choice == DeviceChoice.CPU) {
            return chosen(new CpuBackend(threads(threads)), "as asked");
        }
        try {
            return chosen(cuda(precision), choice == DeviceChoice.CUDA ? "as asked" : "auto: there is a GPU");
        } catch (CudaException e) {
            if (choice == DeviceChoice.CUDA) {
                throw new UserException("--device cuda: " + e.getMessage() + "; or use --device cpu", e);
            }
            return chosen(new CpuBackend(threads(threads)), "auto, without CUDA: " + e.getMessage());
        }
    }

    /** As {@link #choose}, and says on standard output what was chosen and why. */
    static Backend announced(DeviceChoice choice, Precision precision, int threads) {
        Chosen device = choose(choice, precision, threads);
        System.out.println("device   " + device.reason());
        return device.backend();
    }

    /** @throws CudaException with what is missing, or what the device refuses */
    private static Backend cuda(Precision precision) {
        Driver driver = CudaMachine.probe().open();
        try {
            return new CudaBackend(driver, precision);
        } catch (RuntimeException e) {
            driver.close();
            throw e;
        }
    }

    private static Chosen chosen(Backend backend, String why) {
        return new Chosen(backend, backend.name() + " (" + why + "): " + backend.description());
    }

    static int threads(int asked) {
        return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
    }
}
