package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import attmask.ops.AttentionMask;
import attmask.ops.AttentionMask.Rule;
import attmask.ptx.EmulatedDriver;
import attmask.ptx.LaunchReport;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

class CudaAttentionMaskTest {
    private static final int IMAGES = 5;
    private static final int PATCHES = 36;

    /** Names of the kernels that {@code choose} launches. */
    private static List<String> launches(Rule rule) {
        EmulatedDriver driver = new EmulatedDriver();
        List<LaunchReport> reports = driver.reports();
        try (CudaBackend backend = new CudaBackend(driver)) {
            Trial.run(backend, trial -> {
                AttentionMask op = trial.backend().attentionMask();
                Tensor mask = trial.output("mask", DType.U8, IMAGES, PATCHES);
                Tensor rows = trial.output("rows", DType.I32, IMAGES * PATCHES);
                Tensor scores = trial.output("scores", IMAGES, PATCHES);
                op.choose(mask, rows, scores, trial.input("qkv", IMAGES * (1 + PATCHES), 3 * 2 * 32), 2, rule);
            });
        }
        return reports.stream().map(LaunchReport::kernel).toList();
    }

    @Test
    void highLowHintAndMstAreOneLaunch() {
        List<String> one = List.of("attention_mask_choose");
        assertEquals(one, launches(new Rule(true, 12, 0, 0, 0.5, 1, 2)));
        assertEquals(one, launches(new Rule(false, 12, 0, 0, 0.5, 1, 2)));
        assertEquals(one, launches(new Rule(true, 12, 3, 1, 0.5, 1, 2)));
        assertEquals(one, launches(new Rule(false, 12, 0.5, 0, 0, 1, 1, 2)));
    }

    /** How many tokens an image hides is then known from its mask only. */
    @Test
    void revealingWhatIsNotHiddenTakesASecondLaunch() {
        List<String> two = List.of("attention_mask_choose", "attention_mask_rows");
        assertEquals(two, launches(new Rule(true, 2, 3, 1, 0.5, 1, 2)));
        assertEquals(two, launches(new Rule(false, 12, 3, 1, 0.5, 1, 2)));
    }
}
