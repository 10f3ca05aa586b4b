package attmask.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.Precision;
import attmask.config.UserException;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * The golden cases on the CUDA kernels, executed without a GPU: whole training steps with every gradient, and a
 * trajectory of them, each within its arithmetic's bounds.
 */
class EmulatedCudaTest {
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "BF16X3")
    void goldenCases(Precision precision) {
        List<Finding> findings = new ArrayList<>();
        try (CudaBackend backend = new CudaBackend(new EmulatedDriver(), precision)) {
            new Verification(backend).bundled(findings::addAll);
        }
        List<Finding> over = findings.stream().filter(f -> !f.passed()).toList();
        assertTrue(over.isEmpty(), over::toString);
        assertTrue(findings.size() > 420, "only " + findings.size() + " quantities");
        assertEquals(
                3,
                findings.stream()
                        .map(Finding::golden)
                        .filter(name -> name.startsWith("step") || name.startsWith("trajectory"))
                        .collect(Collectors.toSet())
                        .size(),
                "steps and trajectories");
    }

    @Test
    void splittingIsForCpus() {
        UserException refused = assertThrows(
                UserException.class, () -> new CudaBackend(new EmulatedDriver(), Precision.BF16X3).close());
        assertTrue(refused.getMessage().contains("bf16x3 is for CPUs"), refused::getMessage);
    }
}
