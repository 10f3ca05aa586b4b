package attmask.counters;

import attmask.config.Precision;
import attmask.counters.KernelCase.Moves;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.ptx.LaunchReport;
import java.util.ArrayList;
import java.util.List;

/** A counted launch. */
record KernelCount(String shape, Moves moves, LaunchReport report) {
    private static final int SECTOR = 32;

    /** Runs all cases on the executor and picks their kernels' launches. */
    static List<KernelCount> of(List<KernelCase> cases) {
        List<KernelCount> counts = new ArrayList<>();
        for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
            List<KernelCase> its =
                    cases.stream().filter(each -> each.precision() == precision).toList();
            EmulatedDriver driver = new EmulatedDriver();
            try (CudaBackend backend = new CudaBackend(driver, precision)) {
                its.forEach(each -> counts.addAll(count(each, driver, backend)));
            }
        }
        return counts;
    }

    private static List<KernelCount> count(KernelCase each, EmulatedDriver driver, CudaBackend backend) {
        List<KernelCount> counts = new ArrayList<>();
        List<LaunchReport> reports = driver.reports();
        each.program().run(driver, backend);
        driver.synchronize();
        for (Moves moves : each.kernels()) {
            LaunchReport report = reports.stream()
                    .filter(launch -> launch.kernel().equals(moves.kernel()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(moves.kernel() + " was not launched"));
            counts.add(new KernelCount(each.shape(), moves, report));
        }
        return counts;
    }

    String kernel() {
        return moves.kernel();
    }

    long bytesRequested() {
        return report.globalLoadBytes() + report.globalStoreBytes();
    }

    long bytesMoved() {
        return SECTOR * (report.globalLoadSectors() + report.globalStoreSectors());
    }

    /** Bytes moved, without those asked for again by design, over the least. */
    double overhead() {
        return (bytesMoved() - moves.again()) / (double) moves.least();
    }
}
