package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.cuda.Driver;
import attmask.cuda.jcuda.CudaMachine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A GPU gives what the executor gives for every instruction, so that what the other tests rest on is true of it. */
class GpuConformanceTest {
    private static Driver driver;

    @BeforeAll
    static void open() {
        CudaMachine machine = CudaMachine.probe();
        assumeTrue(machine.missing() == null, "no GPU to drive: " + machine.missing());
        driver = machine.open();
    }

    @AfterAll
    static void close() {
        if (driver != null) {
            driver.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attmask.ptx.ConformanceTest#kernels")
    void agreesWithPlainJava(MicroKernel kernel) {
        assertNull(kernel.failure(driver));
    }
}
