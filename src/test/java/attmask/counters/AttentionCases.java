package attmask.counters;

import static attmask.counters.KernelCase.Moves.launch;
import static attmask.counters.KernelCase.Moves.memory;
import static attmask.counters.KernelCase.Moves.products;

import attmask.config.Precision;
import attmask.counters.KernelCase.Moves;
import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.cuda.PtxModules;
import attmask.ops.AttentionMask.Rule;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Attention in all its head widths, and the choice of masks by it, at ViT-Small's width. */
final class AttentionCases {
    private static final int WIDTH = 384;
    private static final int SMALL_HEADS = 6;
    private static final int F = Float.BYTES;
    private static final int HALF = Short.BYTES;

    private AttentionCases() {}

    /**
     * Forward, backward and probabilities: float32, bfloat16 by the same kernels where heads have other widths than tensor
     * cores take, and by tensor cores.
     */
    static List<KernelCase> attention(int images, int tokens) {
        List<KernelCase> cases = new ArrayList<>();
        for (int head : new int[] {32, 64, 128}) {
            cases.add(floats(images, tokens, head, head, Precision.FP32));
        }
        cases.add(floats(images, tokens, 24, 32, Precision.BF16));
        cases.add(floats(images, tokens, 48, 64, Precision.BF16));
        cases.add(floats(images, tokens, 128, 128, Precision.BF16));
        for (int head : new int[] {32, 64}) {
            cases.add(half(images, tokens, head));
        }
        return cases;
    }

    private static String shape(int images, int tokens, int head) {
        return "B " + images + ", T " + tokens + ", H " + WIDTH / head;
    }

    /** @param kernel width that the kernels are made for */
    private static KernelCase floats(int images, int tokens, int head, int kernel, Precision precision) {
        boolean half = precision == Precision.BF16;
        String name = kernel + (half ? "_bf16" : "");
        int rows = images * tokens;
        int heads = WIDTH / head;
        long x = (long) rows * WIDTH * (half ? HALF : F);
        long statistics = (long) images * heads * tokens * F;
        return KernelCase.of(
                shape(images, tokens, head),
                precision,
                trial -> {
                    Tensor qkv = trial.input("qkv", rows, 3 * WIDTH);
                    Tensor out = trial.output("out", rows, WIDTH);
                    Tensor logSumExp = trial.realOutput("log-sum-exp", images, heads, tokens);
                    trial.backend().attention().forward(out, logSumExp, qkv);
                    Tensor dqkv = trial.output("dqkv", rows, 3 * WIDTH);
                    trial.backend().attention().backward(dqkv, trial.input("dout", rows, WIDTH), qkv, out, logSumExp);
                    Tensor probabilities = trial.realOutput("probabilities", images, heads, tokens, tokens);
                    trial.backend().attention().probabilities(probabilities, qkv, logSumExp);
                },
                // q, k, v and out; and dout; dq, or dk and dv. Then q, k and T × T probabilities.
                products("attention_forward_" + name, 4 * x + statistics),
                products("attention_backward_queries_" + name, 6 * x + 2 * statistics),
                products("attention_backward_keys_" + name, 6 * x + 2 * statistics),
                products("attention_probabilities_" + name, 2 * x + statistics + statistics * tokens));
    }

    private static KernelCase half(int images, int tokens, int head) {
        long x = (long) images * tokens * WIDTH * HALF;
        long statistics = (long) images * WIDTH / head * tokens * F;
        return new KernelCase(
                shape(images, tokens, head),
                Precision.FP32,
                (driver, backend) -> runHalf(driver, images, tokens, head),
                List.of(
                        products("attention_forward_bf16_" + head, 4 * x + statistics),
                        products("attention_backward_queries_bf16_" + head, 6 * x + 2 * statistics),
                        products("attention_backward_keys_bf16_" + head, 6 * x + 2 * statistics)));
    }

    /** As the launches of float32's kernels, but of blocks of 64 tokens. */
    private static void runHalf(Driver driver, int images, int tokens, int head) {
        int heads = WIDTH / head;
        int elements = images * tokens * WIDTH;
        long qkv = bfloat16(driver, 3 * elements);
        long dout = bfloat16(driver, elements);
        long out = driver.allocate((long) elements * HALF);
        long dqkv = driver.allocate(3L * elements * HALF);
        long logSumExp = driver.allocate((long) images * heads * tokens * F);
        long delta = driver.allocate((long) images * heads * tokens * F);
        Driver.Module module = driver.load("attention_bf16", PtxModules.read("attention_bf16"));
        LaunchConfig config = new LaunchConfig(images * heads, (tokens + 63) / 64, 1, 128, 1, 0);
        long[][] pointers = {
            {out, logSumExp, qkv}, {dqkv, delta, dout, qkv, out, logSumExp}, {dqkv, delta, dout, qkv, logSumExp}
        };
        String[] names = {"forward", "backward_queries", "backward_keys"};
        for (int i = 0; i < names.length; i++) {
            Args args = new Args();
            Arrays.stream(pointers[i]).forEach(args::pointer);
            args.i32(tokens).i32(heads).f32((float) (1 / Math.sqrt(head)));
            Driver.Kernel kernel = driver.kernel(module, "attention_" + names[i] + "_bf16_" + head);
            driver.launch(Driver.Stream.MAIN, kernel, config, args);
        }
        for (long address : new long[] {qkv, dout, out, dqkv, logSumExp, delta}) {
            driver.free(address);
        }
    }

    /** Numbers between 1 and 2 of either sign. */
    private static long bfloat16(Driver driver, int count) {
        RandomStream random = new RandomStream(count, Purpose.TEST, 0, 0);
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * HALF).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            bytes.putShort((short) (random.nextWord() & 0x807f | 0x3f80));
        }
        long address = driver.allocate((long) count * HALF);
        driver.upload(Driver.Stream.MAIN, address, bytes.flip());
        return address;
    }

    /** AttMask-High at the paper's typical ratio 0.3, and AttMask-Hint. */
    static List<KernelCase> masks(int images, int tokens) {
        List<KernelCase> cases = new ArrayList<>(masks(images, tokens, Precision.FP32));
        cases.addAll(masks(images, tokens, Precision.BF16).subList(0, 1));
        return cases;
    }

    private static List<KernelCase> masks(int images, int tokens, Precision precision) {
        boolean half = precision == Precision.BF16;
        String type = half ? "_bf16" : "";
        int patches = tokens - 1;
        int count = patches * 3 / 10;
        Rule high = new Rule(true, count, 0, 0, 1, 1, 1);
        Rule hint = new Rule(true, count, 2 * count, count / 3, 1, 1, 1);
        long row = (long) WIDTH * (half ? HALF : F);
        long listed = (long) images * (patches + count * F);
        long scores = (long) images * patches * F;
        // Threads go in groups of 8, a key for each, four to a warp; those past the end take the last key.
        int warps = 8 * ((tokens + 31) / 32);
        Moves attend = memory("attention_mask_scores" + type, (tokens + 1L) * images * row + scores)
                .again(
                        images * (2L * warps - 1 - (tokens + 3) / 4) * row,
                        "the [CLS] query for every 4 keys, the last key by threads beyond it");
        return List.of(
                KernelCase.of(
                        shape(images, tokens, WIDTH / SMALL_HEADS),
                        precision,
                        trial -> {
                            Tensor qkv = trial.input("qkv", images * tokens, 3 * WIDTH);
                            Tensor given = trial.realOutput("scores", images, patches);
                            Tensor mask = trial.output("mask", DType.U8, images, patches);
                            Tensor rows = trial.output("rows", DType.I32, images * count);
                            trial.backend().attentionMask().scores(given, qkv, SMALL_HEADS);
                            trial.backend().attentionMask().select(mask, rows, given, high);
                            trial.backend().attentionMask().choose(mask, rows, given, qkv, SMALL_HEADS, high);
                        },
                        attend,
                        launch("attention_mask_select", scores + listed),
                        new Moves(
                                "attention_mask_choose" + type,
                                attend.bound(),
                                attend.least() + listed,
                                attend.again(),
                                attend.why())),
                KernelCase.of(
                        shape(images, tokens, WIDTH / SMALL_HEADS),
                        precision,
                        trial -> {
                            Tensor given = trial.real("scores", images, patches);
                            Tensor mask = trial.output("mask", DType.U8, images, patches);
                            Tensor rows = trial.output("rows", DType.I32, images * count);
                            trial.backend().attentionMask().select(mask, rows, given, hint);
                        },
                        launch("attention_mask_rows", listed)));
    }
}
