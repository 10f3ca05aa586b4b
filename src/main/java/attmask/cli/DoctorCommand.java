package attmask.cli;

import attmask.config.UserException;
import attmask.cuda.CudaException;
import attmask.cuda.DeviceProperties;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.PtxModules;
import attmask.cuda.jcuda.CudaMachine;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code doctor}: what this machine can run on, and what is missing for the rest. */
@Command(
        name = "doctor",
        description = "Tells what this machine has to run on: Java, CPU, GPU, cuBLAS, kernels; or what is missing."
                + " Exit code 0 if the CPU path works.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private final PrintStream out = System.out;

    @Override
    public Integer call() {
        say(
                "java",
                System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", heap of at most "
                        + megabytes(Runtime.getRuntime().maxMemory()));
        say(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " on "
                        + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " cores");
        boolean cpu = cpu();
        CudaMachine machine = CudaMachine.probe();
        say("driver", machine.driver() == null ? "none" : "CUDA " + machine.driver());
        int number = 0;
        for (DeviceProperties device : machine.devices()) {
            say("gpu " + number++, describe(device));
        }
        say("cublas", machine.cublas() == null ? "none" : machine.cublas());
        List<String> modules = PtxModules.names();
        say("kernels", modules.size() + " modules");
        say("cuda", machine.missing() == null ? trial(machine, modules) : "not usable: " + machine.missing());
        return cpu ? 0 : 1;
    }

    private boolean cpu() {
        try (Backend cpu = new CpuBackend(Devices.threads(0))) {
            say("cpu", cpu.description());
            return true;
        } catch (UserException e) {
            say("cpu", "not usable: " + e.getMessage());
            return false;
        }
    }

    private void say(String what, String found) {
        out.printf("%-8s %s%n", what, found);
    }

    private static String describe(DeviceProperties device) {
        return device.name() + ", compute capability " + device.major() + "." + device.minor() + ", "
                + device.processors() + " multiprocessors, " + megabytes(device.memoryBytes());
    }

    private static String megabytes(long bytes) {
        return (bytes >> 20) + " MB";
    }

    /** Uses each part once: memory, the kernels of the jar, cuBLAS. */
    private static String trial(CudaMachine machine, List<String> modules) {
        try (Driver driver = machine.open()) {
            for (String module : modules) {
                driver.load(module, PtxModules.read(module));
            }
            float product = multiply(driver);
            return product == 6
                    ? "ready, " + megabytes(driver.freeBytes()) + " free; all kernels load, cuBLAS multiplies"
                    : "not usable: cuBLAS says that 2 x 3 is " + product;
        } catch (CudaException e) {
            return "not usable: " + e.getMessage();
        }
    }

    private static float multiply(Driver driver) {
        long memory = driver.allocate(3 * Float.BYTES);
        ByteBuffer values = ByteBuffer.allocateDirect(3 * Float.BYTES).order(ByteOrder.nativeOrder());
        values.putFloat(2).putFloat(3).putFloat(0).flip();
        driver.upload(Driver.Stream.MAIN, memory, values);
        long factor = memory + Float.BYTES;
        long product = factor + Float.BYTES;
        driver.gemm(Driver.Stream.MAIN, GemmType.F32, false, false, 1, 1, 1, 1, memory, 1, factor, 1, 0, product, 1);
        values.clear();
        driver.download(Driver.Stream.MAIN, values, memory);
        driver.free(memory);
        return values.getFloat(2 * Float.BYTES);
    }
}
