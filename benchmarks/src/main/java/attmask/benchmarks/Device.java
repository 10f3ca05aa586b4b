package attmask.benchmarks;

import attmask.config.Precision;
import attmask.cuda.Driver;
import attmask.cuda.jcuda.CudaMachine;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;

/** An opened backend, and how to wait for what was queued on it. */
record Device(Backend backend, Runnable finish) {
    static final String CPU = "cpu";
    static final String CUDA = "cuda";

    /** One line saying why there is no {@link #CUDA} here, as the program itself finds out; null when there is. */
    static String cudaMissing() {
        return CudaMachine.probe().missing();
    }

    /** @param precision of a GPU */
    static Device open(String name, Precision precision) {
        return switch (name) {
            case CPU -> new Device(new CpuBackend(Runtime.getRuntime().availableProcessors()), () -> {});
            case CUDA -> cuda(precision);
            default -> throw new IllegalArgumentException("device is " + name + "; it must be cpu or cuda");
        };
    }

    private static Device cuda(Precision precision) {
        Driver driver = CudaMachine.probe().open();
        return new Device(new CudaBackend(driver, precision), driver::synchronize);
    }
}
