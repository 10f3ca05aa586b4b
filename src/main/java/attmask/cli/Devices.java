package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.Precision;
import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import attmask.cuda.GraphDriver;
import attmask.cuda.SynchronousDriver;
import attmask.cuda.jcuda.CudaMachine;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.train.FreeMemory;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The only place that picks a backend, and that says why. */
final class Devices {
    private Devices() {}

    /**
     * @param backend what was chosen
     * @param reason one line for the user
     * @param free what can be taken now
     */
    record Chosen(Backend backend, String reason, Supplier<FreeMemory> free) {}

    /**
     * CUDA if it was asked for; in {@code auto} mode if this machine has all that it needs.
     *
     * @param precision of either device
     * @param threads of the CPU backend; 0 for one on each core
     * @param options how a GPU is driven
     * @throws UserException if CUDA was asked for and something is missing
     */
    static Chosen choose(DeviceChoice choice, Precision precision, int threads, CudaOptions options) {
        if (choice == DeviceChoice.CPU) {
            return cpu(precision, threads, "as asked");
        }
        try {
            return cuda(precision, options, choice == DeviceChoice.CUDA ? "as asked" : "auto: there is a GPU");
        } catch (CudaException e) {
            if (choice == DeviceChoice.CUDA) {
                throw new UserException("--device cuda: " + e.getMessage() + "; or use --device cpu", e);
            }
            return cpu(precision, threads, "auto, without CUDA: " + e.getMessage());
        }
    }

    private static Chosen cpu(Precision precision, int threads, String why) {
        return chosen(new CpuBackend(threads(threads), precision), why, () -> Long.MAX_VALUE);
    }

    /** @throws CudaException with what is missing, or what the device refuses */
    private static Chosen cuda(Precision precision, CudaOptions options, String why) {
        Driver gpu = CudaMachine.probe().open();
        try {
            return chosen(
                    backend(gpu, precision, options),
                    options.sync() ? why + ", waiting after every kernel" : why,
                    gpu::freeBytes);
        } catch (RuntimeException e) {
            gpu.close();
            throw e;
        }
    }

    private static Backend backend(Driver gpu, Precision precision, CudaOptions options) {
        if (options.graph()) {
            return new CudaBackend(new GraphDriver(gpu), precision);
        }
        return new CudaBackend(options.sync() ? new SynchronousDriver(gpu) : gpu, precision);
    }

    /** @param deviceFree bytes of a device with memory of its own */
    private static Chosen chosen(Backend backend, String why, LongSupplier deviceFree) {
        return new Chosen(
                backend,
                backend.name() + " (" + why + "): " + backend.description(),
                () -> new FreeMemory(deviceFree.getAsLong(), HostMemory.here().free(), HostMemory.heapFree()));
    }

    static int threads(int asked) {
        return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
    }
}
