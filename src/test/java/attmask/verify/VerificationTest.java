package attmask.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import attmask.checkpoint.SafeTensorsWriter;
import attmask.config.Precision;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.reference.ReferenceBackend;
import attmask.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden cases in the jar hold on every backend, and a wrong number does not pass. */
class VerificationTest {
    private static List<Finding> bundled(Backend backend) {
        List<Finding> findings = new ArrayList<>();
        try (backend) {
            new Verification(backend).bundled(findings::addAll);
        }
        return findings;
    }

    private static void assertAllPass(List<Finding> findings) {
        List<Finding> over = findings.stream().filter(f -> !f.passed()).toList();
        assertTrue(over.isEmpty(), over::toString);
        assertTrue(findings.size() > 350, "only " + findings.size() + " quantities");
    }

    @Test
    void referenceAgreesInDoublePrecision() {
        assertAllPass(bundled(new ReferenceBackend()));
    }

    @Test
    void cpuAgreesInFloat() {
        assertAllPass(bundled(new CpuBackend(2)));
    }

    @Test
    void cpuAgreesInBfloat16() {
        assumeTrue(CpuBackend.computes(Precision.BF16), "needs a processor with bfloat16 units");
        assertAllPass(bundled(new CpuBackend(2, Precision.BF16)));
    }

    @Test
    void aWrongMaskIsFound(@TempDir Path folder) {
        new SafeTensorsWriter()
                .metadata("kind", "mask")
                .doubles("scores/4", Shape.of(1, 4), () -> new double[] {0.1, 0.4, 0.2, 0.3})
                .booleans("expect/high/4/0.5", Shape.of(1, 4), () -> new boolean[] {true, true, false, false})
                .write(folder.resolve("wrong.safetensors"));
        List<Finding> findings = new ArrayList<>();
        new Verification(new ReferenceBackend()).folder(folder, findings::addAll);
        assertEquals(1, findings.size());
        assertEquals(2, findings.get(0).error());
        assertFalse(findings.get(0).passed());
    }

    @Test
    void notANumberNeverPasses() {
        assertFalse(new Finding("case", "quantity", Double.NaN, 1).passed());
        double[] nan = {Double.NaN};
        double[] one = {1};
        assertTrue(Double.isNaN(Findings.absolutePlusRelative(nan, one)));
        assertTrue(Double.isNaN(Findings.relativeToLargest(nan, one)));
        assertEquals(Double.POSITIVE_INFINITY, Findings.absolutePlusRelative(new double[2], one));
    }
}
