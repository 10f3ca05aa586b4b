package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.ops.Backend;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a command computes, and how. */
final class DeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "D",
            description = "auto, cpu or cuda",
            defaultValue = "auto",
            converter = DeviceConverter.class)
    private DeviceChoice device;

    @Mixin
    private ComputeOptions compute;

    Backend open() {
        return compute.open(device);
    }

    /** As {@link #open}, and says on standard output what was chosen and why. */
    Backend announced() {
        return compute.announced(device);
    }

    int threads() {
        return compute.threads();
    }
}
