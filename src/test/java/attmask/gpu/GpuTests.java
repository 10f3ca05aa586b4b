package attmask.gpu;

import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import attmask.cuda.jcuda.CudaMachine;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Those tests of the suite that use a GPU where there is one, without a build tool: the driver's own, every
 * instruction, every op, and the networks made of them.
 */
public final class GpuTests {
    /** Set, the tests take the GPU in place of its emulation, not beside it. */
    public static final String PROPERTY = "attmask.test.gpu";

    private static final int MOST_FAILURES = 20;

    private GpuTests() {}

    /** Exit code 1 if one failed. */
    public static void main(String[] args) {
        if (CudaMachine.probe().missing() != null) {
            System.out.println("no GPU: " + CudaMachine.probe().missing());
            System.exit(1);
        }
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(
                        selectPackage("attmask.cuda.jcuda"),
                        selectPackage("attmask.ops"),
                        selectPackage("attmask.nn"),
                        selectPackage("attmask.ssl"),
                        selectPackage("attmask.masking"),
                        selectPackage("attmask.tensor"),
                        selectClass("attmask.ptx.GpuConformanceTest"))
                // Of one backend each, the latter's on the emulation alone.
                .filters(excludeClassNamePatterns("attmask\\.ops\\.(cpu|cuda)\\..*"))
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8), MOST_FAILURES);
        System.out.printf(
                "%d tests passed, %d failed, %d skipped%n",
                summary.getTestsSucceededCount(), summary.getTotalFailureCount(), summary.getTestsSkippedCount());
        System.exit(summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
