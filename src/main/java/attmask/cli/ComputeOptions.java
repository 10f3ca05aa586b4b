package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.Precision;
import attmask.ops.Backend;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command computes on whichever device it runs. */
final class ComputeOptions {
    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "auto (bf16 on a GPU; bf16x3 on a CPU with AMX, fp32 on others), fp32, bf16, tf32 (GPU only)"
                    + " or bf16x3 (CPU only)",
            defaultValue = "auto")
    private Precision precision;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "of the CPU backend; 0 for one on each core",
            defaultValue = "0")
    private int threads;

    @Mixin
    private CudaOptions cuda;

    Backend open(DeviceChoice choice) {
        return Devices.choose(choice, precision, threads, cuda).backend();
    }

    /** As {@link #open}, and says on standard output what was chosen and why. */
    Backend announced(DeviceChoice choice) {
        Devices.Chosen chosen = Devices.choose(choice, precision, threads, cuda);
        System.out.println("device   " + chosen.reason());
        return chosen.backend();
    }

    /** Threads of what runs beside the backend. */
    int threads() {
        return Devices.threads(threads);
    }
}
