package attmask.counters;

import attmask.config.MaskStrategy;
import attmask.config.Precision;
import attmask.cuda.jcuda.PtxCompiler;
import attmask.train.StepShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Writes the counters of all kernels; {@code make counters} runs it, {@code make test} does not, by its name. */
class KernelCountersReport {
    private static final Path OUTPUT = Path.of("target", "kernel-counters.md");

    private static final int IMAGES = 2;
    /** Patches across 224 pixels. */
    private static final int SIDE = 14;

    private static final int PROTOTYPES = 8192;
    /** Of a global and of a local crop of 128 pixels. */
    private static final List<Integer> TOKENS = List.of(197, 65);

    private static final StepShape STEP = StepShape.named("small-2+0");

    @Test
    void write() throws IOException {
        PtxCompiler.assumeAvailable();
        List<KernelCase> cases = new ArrayList<>();
        TOKENS.forEach(tokens -> cases.addAll(AttentionCases.attention(IMAGES, tokens)));
        TOKENS.forEach(tokens -> cases.addAll(AttentionCases.masks(IMAGES, tokens)));
        cases.addAll(KernelCases.of(IMAGES, SIDE, PROTOTYPES));
        List<KernelCount> counts = KernelCount.of(cases);
        Map<Precision, StepCount> steps = new EnumMap<>(Precision.class);
        for (Precision precision : List.of(Precision.BF16, Precision.FP32)) {
            steps.put(precision, StepCount.of(STEP, IMAGES, MaskStrategy.HIGH, precision));
        }
        Files.writeString(OUTPUT, text(counts) + steps(steps));
    }

    private static String text(List<KernelCount> counts) {
        return """
                # Kernel counters

                Counted, not measured: the kernels' PTX, as it is in the jar, was executed instruction by instruction by the
                tests' PTX executor, on a CPU. No number here is a time. `make counters` at commit %s.

                ## Memory and resources

                B %d images, width 384 as in ViT-Small. One launch of each kernel.

                - *least*: the kernel's inputs and outputs, each once.
                - *again*: what it asks for once more by design and a cache answers; the list below says what.
                - *requested*: different bytes that each load or store instruction of a warp asks for, summed.
                - *moved*: the sectors of 32 bytes in which they lie, summed. No cache is modelled.
                - *moved, without again, over least*: at most 1.1 for kernels bound by memory. ᵖ: bound by products of tiles,
                  each tile of queries (or keys) reads all keys (or queries) anew. ˡ: bound by the launch, a few kilobytes.
                  ᵗ: bound by instructions on single bytes, which the taps and boxes of neighbouring pixels read anew.
                - *bank conflicts*: additional accesses to shared memory, because lanes of a warp wanted different words of one bank.
                - *registers*, *spilled*, *shared* (static and dynamic): NVIDIA's PTX compiler of CUDA 12.0 for %s.

                %s
                Asked for again:

                %s
                ## Warp instructions by class

                PTX instructions, once for each warp that issues them.

                %s
                """.formatted(
                        System.getProperty("git.commit", "unknown"),
                        IMAGES,
                        CountersTable.ARCHITECTURE,
                        CountersTable.memory(counts),
                        CountersTable.reasons(counts),
                        CountersTable.instructions(counts));
    }

    private static String steps(Map<Precision, StepCount> steps) {
        StringBuilder text = new StringBuilder("""

                ## The choice of masks in a training step

                One whole step of %s (ViT-Small, two global crops of 224 pixels, 8,192 prototypes), batch %d, AttMask-High:
                teacher, masks, student forward and backward, update. The library's matrix products are not counted; with
                them every share would be smaller. The bound is 0.5 %%. With random masks, made on the host, the step has the
                same launches but this one (`KernelCountersTest`); with no masks at all the patch loss falls away too.
                """.formatted(STEP.name(), IMAGES));
        steps.forEach((precision, step) -> text.append(step(precision, step)));
        return text.toString();
    }

    private static String step(Precision precision, StepCount step) {
        long all = step.total().instructions();
        long choose = step.choose().instructions();
        long perImage = step.sum(StepCount::growsWithTheBatch).instructions();
        return """

                ### %s

                `attention_mask_choose` is one launch of %,d and **%.4f %%** of the warp instructions (%,d of %,d). Without the
                kernels whose work does not grow with the batch (optimiser, clipping, average, weight norm), as with a large
                batch, it is %.4f %%.

                %s""".formatted(
                        precision,
                        step.total().launches(),
                        100.0 * choose / all,
                        choose,
                        all,
                        100.0 * choose / perImage,
                        CountersTable.step(step));
    }
}
