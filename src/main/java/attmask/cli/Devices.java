package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;

/** The only place that picks a backend, and that says why. */
final class Devices {
    private Devices() {}

    /**
     * @param backend what was chosen
     * @param reason one line for the user
     */
    record Chosen(Backend backend, String reason) {}

    /** @param threads of the CPU backend; 0 for one on each core */
    static Chosen choose(DeviceChoice choice, int threads) {
        if (choice == DeviceChoice.CUDA) {
            throw new UserException("--device cuda is not built yet in this version; use --device cpu");
        }
        Backend backend = new CpuBackend(threads(threads));
        String why = choice == DeviceChoice.AUTO ? " (auto: the CUDA path is not built yet)" : " (as asked)";
        return new Chosen(backend, backend.name() + why + ": " + backend.description());
    }

    static int threads(int asked) {
        return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
    }
}
