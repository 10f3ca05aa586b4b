package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.ops.AttentionMask.Rule;
import attmask.ptx.EmulatedDriver;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import org.junit.jupiter.api.Test;

/** What the kernels cannot do is said before they start. */
class CudaAttentionTest {
    @Test
    void headsThatAreTooWide() {
        try (CudaBackend backend = new CudaBackend(new EmulatedDriver())) {
            Trial.run(backend, trial -> {
                Tensor qkv = trial.input("qkv", 3, 3 * 129);
                Tensor out = trial.input("out", 3, 129);
                Tensor logSumExp = trial.input("log-sum-exp", 1, 1, 3);
                String message = assertThrows(
                                UserException.class, () -> backend.attention().forward(out, logSumExp, qkv))
                        .getMessage();
                assertTrue(message.contains("128") && message.contains("129"), message);
            });
        }
    }

    @Test
    void moreTokensThanABlockCanHold() {
        int patches = 10_000;
        try (CudaBackend backend = new CudaBackend(new EmulatedDriver())) {
            Trial.run(backend, trial -> {
                Tensor scores = trial.input("scores", 1, patches);
                Tensor mask = trial.bytes("mask", new byte[patches], 1, patches);
                Tensor rows = trial.ints("rows", new int[patches], patches);
                Rule rule = new Rule(true, 5, 0, 0, 1, 1, 1);
                String message = assertThrows(UserException.class, () -> backend.attentionMask()
                                .select(mask, rows, scores, rule))
                        .getMessage();
                assertTrue(message.contains("patches") && message.contains("10000"), message);
            });
        }
    }
}
