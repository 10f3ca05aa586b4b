package attmask.cli;

import picocli.CommandLine.Option;

/** The option of every command that runs on a device, for finding faults there. */
final class CudaSync {
    @Option(
            names = "--cuda-sync",
            description = "wait after every kernel and product on the GPU, so that a failure names the one that made it"
                    + " (slow)")
    private boolean asked;

    boolean asked() {
        return asked;
    }
}
