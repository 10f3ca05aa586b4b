package attmask.cli;

import picocli.CommandLine.Option;

/** The options of every command that runs on a device, for finding faults there. */
final class CudaOptions {
    @Option(
            names = "--cuda-sync",
            description = "wait after every kernel and product on the GPU, so that a failure names the one that made it"
                    + " (slow)")
    private boolean sync;

    @Option(
            names = "--cuda-graph",
            paramLabel = "on|off",
            description =
                    "launch what repeats on the GPU as CUDA graphs; off with --cuda-sync. No result depends on it",
            defaultValue = "on")
    private Switch graph;

    boolean sync() {
        return sync;
    }

    boolean graph() {
        return graph == Switch.ON && !sync;
    }
}
