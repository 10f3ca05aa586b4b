package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.train.RecordedTraining.Step;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The training loop on the CUDA kernels, executed without a GPU, goes the way it goes on the cpu backend. */
class EmulatedTrainingTest {
    /** Two epochs of ten steps; the last layer is frozen in the first. */
    private static final List<String> TINY = List.of(
            "model.image=40",
            "model.patch=8",
            "model.width=24",
            "model.depth=2",
            "model.heads=2",
            "model.dropPath=0.1",
            "head.hidden=32",
            "head.bottleneck=16",
            "head.prototypes=64",
            "optimizer.freezeLastLayer=1",
            "data.shapesTrain=40",
            "data.shapesValidation=10",
            "run.epochs=2",
            "run.batch=4",
            "run.evalEvery=0");

    private static final int STEPS = 20;

    @TempDir
    Path folder;

    @Test
    void lossesAndMasksAreThoseOfTheCpu() {
        List<Step> expected = RecordedTraining.run(TINY, new CpuBackend(1), folder.resolve("cpu"), 1);
        List<Step> actual =
                RecordedTraining.run(TINY, new CudaBackend(new EmulatedDriver()), folder.resolve("cuda"), 1);
        assertEquals(STEPS, expected.size());
        assertEquals(STEPS, actual.size());
        int hidden = 0;
        double worst = 0;
        for (int i = 0; i < STEPS; i++) {
            double want = expected.get(i).loss();
            double got = actual.get(i).loss();
            assertArrayEquals(expected.get(i).mask(), actual.get(i).mask(), "masks of step " + i);
            worst = Math.max(worst, Math.abs(got - want) / want);
            // Not (> 1e-4): a NaN must fail. Roundings differ by 1e-7, and every update passes them on.
            assertTrue(Math.abs(got - want) <= 1e-4 * want, "loss of step " + i + ": " + got + ", cpu " + want);
            for (byte b : expected.get(i).mask()) {
                hidden += b;
            }
        }
        System.out.println("largest relative difference of a loss: " + worst);
        double learned = expected.get(0).loss() - expected.get(STEPS - 1).loss();
        assertTrue(Math.abs(learned) > 0.01, "the loss hardly moves: " + learned);
        assertTrue(hidden > 100, "only " + hidden + " tokens were hidden");
    }
}
