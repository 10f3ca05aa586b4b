package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Precision;
import attmask.ptx.EmulatedDriver;
import attmask.ptx.LaunchReport;
import attmask.testkit.Trial;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/** What the launches of a program moved: no conflicts of banks, no local memory, whole sectors, so many bytes. */
final class Traffic {
    private final List<LaunchReport> reports;
    private final double unit;

    private Traffic(List<LaunchReport> reports, double unit) {
        this.reports = reports;
        this.unit = unit;
    }

    /**
     * Runs a program on the emulated device.
     *
     * @param elements of the op; launches that move fewer bytes are too small for a judgement of their sectors
     * @param unit bytes that count as one: what one load of every element is
     * @param overhead of sectors moved over bytes used, at most
     */
    static Traffic of(Precision precision, Consumer<Trial> program, int elements, double unit, double overhead) {
        EmulatedDriver driver = new EmulatedDriver();
        try (CudaBackend backend = new CudaBackend(driver, precision)) {
            List<LaunchReport> reports = driver.reports();
            Trial.run(backend, program);
            assertFalse(reports.isEmpty());
            for (LaunchReport report : reports) {
                assertEquals(0, report.sharedConflicts(), report.kernel() + ": conflicts of shared memory's banks");
                assertEquals(0, report.localBytes(), report.kernel() + ": bytes of local memory");
                if (report.globalLoadBytes() + report.globalStoreBytes() > elements) {
                    atMost(1, report.sectorOverhead(), overhead, report.kernel() + ": bytes moved over bytes used");
                }
            }
            return new Traffic(List.copyOf(reports), unit);
        }
    }

    /** The units that are loaded and stored for each element, with {@code more} for what comes on top. */
    void atMost(double loads, double stores, double more) {
        atMost(loads, sum(LaunchReport::globalLoadBytes), more, "loads");
        atMost(stores, sum(LaunchReport::globalStoreBytes), more, "stores");
    }

    private double sum(ToLongFunction<LaunchReport> bytes) {
        return reports.stream().mapToLong(bytes).sum() / unit;
    }

    private static void atMost(double most, double actual, double more, String what) {
        assertTrue(actual <= most + more, () -> what + ": " + actual + ", at most " + most);
    }
}
