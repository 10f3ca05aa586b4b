package attmask.counters;

import attmask.config.MaskStrategy;
import attmask.cuda.jcuda.PtxCompiler;
import attmask.train.StepShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        StepCount step = StepCount.of(STEP, IMAGES, MaskStrategy.HIGH);
        Files.writeString(OUTPUT, text(counts, step));
    }

    private static String text(List<KernelCount> counts, StepCount step) {
        long all = step.total().instructions();
        long choose = step.kernels().get(StepCount.CHOOSE).instructions();
        long perImage = step.sum(StepCount::growsWithTheBatch).instructions();
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
                - *bank conflicts*: additional accesses to shared memory, because lanes of a warp wanted different words of one bank.
                - *registers*, *spilled*, *shared* (static and dynamic): NVIDIA's PTX compiler of CUDA 12.0 for %s.

                %s
                Asked for again:

                %s
                ## Warp instructions by class

                PTX instructions, once for each warp that issues them.

                %s
                ## The choice of masks in a training step

                One whole step of %s (ViT-Small, two global crops of 224 pixels, 8,192 prototypes), batch %d, AttMask-High:
                teacher, masks, student forward and backward, update. The library's matrix products are not counted; with
                them every share would be smaller.

                `attention_mask_choose` is one launch of %,d and **%.4f %%** of the warp instructions (%,d of %,d; the bound is
                0.5 %%). Without the kernels whose work does not grow with the batch (optimiser, clipping, average, weight norm),
                as with a large batch, it is %.4f %%.
                With random masks, made on the host, the step has the same launches but this one (`KernelCountersTest`); with no masks at
                all the patch loss falls away too.

                %s""".formatted(
                        System.getProperty("git.commit", "unknown"),
                        IMAGES,
                        CountersTable.ARCHITECTURE,
                        CountersTable.memory(counts),
                        CountersTable.reasons(counts),
                        CountersTable.instructions(counts),
                        STEP.name(),
                        IMAGES,
                        step.total().launches(),
                        100.0 * choose / all,
                        choose,
                        all,
                        100.0 * choose / perImage,
                        CountersTable.step(step));
    }
}
