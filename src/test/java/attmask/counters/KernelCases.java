package attmask.counters;

import static attmask.counters.KernelCase.Moves.launch;
import static attmask.counters.KernelCase.Moves.memory;

import attmask.config.Precision;
import attmask.counters.KernelCase.Moves;
import attmask.ops.AdamW;
import attmask.ops.DistillationCrossEntropy.Temperatures;
import attmask.ops.Grid;
import attmask.ops.LayerNorm;
import attmask.ops.Segment;
import attmask.ops.Sgd;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Every kernel but attention's at ViT-Small's width, with the bytes that its inputs and outputs occupy. */
final class KernelCases {
    private static final int WIDTH = 384;
    private static final int HIDDEN = 4 * WIDTH;
    private static final int BOTTLENECK = 256;
    private static final int PATCH = 16;
    /** Patches across a local crop of 96 pixels. */
    private static final int LOCAL = 6;
    /** Rows of logits. */
    private static final int LOGITS = 8;
    /** Of ImageNet. */
    private static final int CLASSES = 1000;
    /** Prototypes that do not fit into a block's registers. */
    private static final int MANY = 16_384;
    /** Rows of a block in the first pass of column sums, and elements of a chunk of parameters. */
    private static final int BLOCK_ROWS = 64;

    private static final int CHUNK = 4096;
    private static final int CHUNK_BYTES = 16;
    private static final int F = Float.BYTES;
    /** Columns of a block in the first pass of column sums. */
    private static final int COLUMNS = 128;

    private static final int SECTOR = 32;

    private final Precision precision;
    private final boolean half;
    /** What kernels for these activations are called by, and bytes of one. */
    private final String type;

    private final int activation;
    private final Grid grid;
    private final int images;
    private final int prototypes;
    private final int tokens;
    private final int rows;
    /** Bytes of a row of parameters, of all tokens, of all patches, of the positions, and of the MLP's wide layer. */
    private final long row = (long) WIDTH * F;

    private final long all;
    private final long patches;
    private final long positions;
    private final long wide;
    /** Blocks of rows in column sums, and bytes of one sum's partial sums. */
    private final int blocks;

    private final long partial;
    private final List<KernelCase> cases = new ArrayList<>();

    private KernelCases(int images, int side, int prototypes, Precision precision) {
        this.precision = precision;
        half = precision == Precision.BF16;
        type = half ? "_bf16" : "";
        activation = half ? Short.BYTES : F;
        this.images = images;
        this.prototypes = prototypes;
        grid = new Grid(side, side);
        tokens = 1 + grid.tokens();
        rows = images * tokens;
        all = (long) rows * WIDTH * activation;
        patches = (long) (rows - images) * WIDTH * activation;
        positions = tokens * row;
        wide = 4 * all;
        blocks = ceiling(rows, BLOCK_ROWS);
        partial = blocks * row;
        elementwise();
        normalisations();
        logits();
        tokens();
        if (half) {
            casts();
        } else {
            softmax();
            resize();
            parameters();
        }
    }

    /**
     * The cases.
     *
     * @param side patches across an image
     */
    static List<KernelCase> of(int images, int side, int prototypes) {
        List<KernelCase> cases = new ArrayList<>(new KernelCases(images, side, prototypes, Precision.FP32).cases);
        cases.addAll(new KernelCases(images, side, prototypes, Precision.BF16).cases);
        cases.add(AugmentCases.of(images, PATCH * side));
        return cases;
    }

    private void add(String shape, Consumer<Trial> program, Moves... kernels) {
        // What has one form only was counted in float32.
        Moves[] own = Arrays.stream(kernels)
                .filter(each ->
                        !half || each.kernel().contains("bf16") || each.kernel().startsWith("cast"))
                .toArray(Moves[]::new);
        cases.add(KernelCase.of(shape, precision, program, own));
    }

    private static int ceiling(int count, int size) {
        return (count + size - 1) / size;
    }

    private Tensor in(Trial trial, String name) {
        return trial.input(name, rows, WIDTH);
    }

    private Tensor out(Trial trial, String name) {
        return trial.output(name, rows, WIDTH);
    }

    private void elementwise() {
        add(
                rows + " × " + HIDDEN,
                trial -> {
                    Tensor x = trial.input("x", rows, 8);
                    Tensor weight = trial.input("weight", HIDDEN, 8);
                    trial.backend()
                            .linear()
                            .forward(trial.output("y", rows, HIDDEN), x, weight, trial.real("bias", HIDDEN));
                    trial.backend()
                            .linear()
                            .backwardWeight(
                                    trial.accumulator("dweight", HIDDEN, 8),
                                    trial.accumulator("dbias", HIDDEN),
                                    trial.input("dy", rows, HIDDEN),
                                    x);
                    Tensor hidden = trial.output("hidden", rows, HIDDEN);
                    trial.backend()
                            .linear()
                            .forwardGelu(trial.output("g", rows, HIDDEN), hidden, x, weight, trial.real("c", HIDDEN));
                    trial.backend()
                            .linear()
                            .backwardInputGelu(
                                    trial.output("dhidden", rows, HIDDEN),
                                    trial.input("dout", rows, 8),
                                    trial.input("next", 8, HIDDEN),
                                    hidden);
                },
                memory("linear_gelu" + type, 3 * wide + 4 * row)
                        .again((8L * ceiling(rows, 128) - 1) * 4 * row, "the bias, for every 16 rows"),
                memory("linear_gelu_backward" + type, 3 * wide),
                // Each of the 8 warps of a block of 128 rows loads its columns of the bias.
                memory("linear_bias" + type, wide + 4 * row)
                        .again((8L * ceiling(rows, 128) - 1) * 4 * row, "the bias, for every 16 rows"),
                memory("linear_bias_backward_partial" + type, wide + 4 * partial));
    }

    private void normalisations() {
        long statistics = 2L * rows * F;
        add(
                rows + " × " + WIDTH,
                trial -> {
                    Tensor x = in(trial, "x");
                    Tensor branch = in(trial, "branch");
                    Tensor keep = trial.real("keep", images);
                    Tensor gamma = trial.real("gamma", WIDTH);
                    Tensor beta = trial.real("beta", WIDTH);
                    Tensor mean = trial.realOutput("mean", rows);
                    Tensor rstd = trial.realOutput("rstd", rows);
                    Tensor sum = out(trial, "sum");
                    LayerNorm op = trial.backend().layerNorm();
                    op.forward(out(trial, "y"), mean, rstd, x, gamma, beta, 1e-6);
                    op.forwardSum(out(trial, "z"), mean, rstd, sum, x, branch, keep, gamma, beta, 1e-6);
                    Tensor dgamma = trial.accumulator("dgamma", WIDTH);
                    Tensor dbeta = trial.accumulator("dbeta", WIDTH);
                    Tensor dx = trial.changed("dx", rows, WIDTH);
                    Tensor dbranch = out(trial, "dbranch");
                    op.backwardSum(dx, dbranch, keep, dgamma, dbeta, in(trial, "dz"), sum, mean, rstd, gamma);
                },
                memory("layer_norm_forward" + type, 2 * all + 2 * row + statistics)
                        .again(2 * (rows * row - row), "γ and β, for every row"),
                memory("layer_norm_forward_sum" + type, 4 * all + 2 * row + statistics + (long) images * F)
                        .again(2 * (rows * row - row), "γ and β, for every row"),
                memory("layer_norm_backward" + type, 5 * all + row + statistics + (long) images * F)
                        .again(2L * rows * row - row, "γ, twice for every row"),
                memory("layer_norm_backward_partial" + type, 2 * all + statistics + 2 * partial)
                        .again(
                                2L * rows * (ceiling(WIDTH, COLUMNS) * SECTOR - F),
                                "the sector of each statistic, for every row of 128 columns"),
                memory("column_sums_finish", 2 * partial + 4 * row));
        add(
                rows + " × " + WIDTH,
                trial -> {
                    Tensor y = out(trial, "y");
                    Tensor norm = trial.realOutput("norm", rows);
                    trial.backend().l2Normalize().forward(y, norm, in(trial, "x"));
                    trial.backend().l2Normalize().backward(out(trial, "dx"), in(trial, "dy"), y, norm);
                },
                memory("l2_normalize_forward" + type, 2 * all + (long) rows * F),
                memory("l2_normalize_backward" + type, 3 * all + (long) rows * F));
        long directions = (long) prototypes * BOTTLENECK * F;
        add(
                prototypes + " × " + BOTTLENECK,
                trial -> {
                    Tensor v = trial.real("v", prototypes, BOTTLENECK);
                    Tensor g = trial.real("g", prototypes);
                    Tensor norm = trial.realOutput("norm", prototypes);
                    Tensor w = trial.output("w", prototypes, BOTTLENECK);
                    trial.backend().weightNorm().forward(w, norm, v, g);
                    Tensor dv = trial.accumulator("dv", prototypes, BOTTLENECK);
                    Tensor dw = trial.real("dw", prototypes, BOTTLENECK);
                    trial.backend().weightNorm().backward(dv, null, dw, v, g, norm);
                },
                memory("weight_norm_forward" + type, directions / F * (F + activation) + 2L * prototypes * F),
                memory("weight_norm_backward", 4 * directions + 2L * prototypes * F));
    }

    private void logits() {
        long logits = (long) LOGITS * prototypes * F;
        long activations = (long) LOGITS * prototypes * activation;
        long center = (long) prototypes * F;
        String shape = LOGITS + " × " + prototypes;
        add(
                shape,
                trial -> trial.backend()
                        .argMax()
                        .forward(trial.output("index", DType.I32, LOGITS), trial.input("x", LOGITS, prototypes)),
                memory("arg_max_forward" + type, activations + LOGITS * F));
        add(
                shape,
                trial -> crossEntropy(trial, prototypes),
                memory("distillation_cross_entropy_held" + type, 2 * activations + logits + center)
                        .again(logits - center, "the center, for every row"));
        long classes = (long) LOGITS * CLASSES;
        add(
                LOGITS + " × " + CLASSES,
                trial -> trial.backend()
                        .crossEntropy()
                        .forwardBackward(
                                trial.realOutput("loss", LOGITS),
                                trial.output("dlogits", LOGITS, CLASSES),
                                trial.real("logits", LOGITS, CLASSES),
                                trial.real("targets", LOGITS, CLASSES),
                                1),
                memory("cross_entropy_forward_backward" + type, classes * (2 * F + activation)));
        long many = (long) LOGITS * MANY * F;
        long manyActivations = (long) LOGITS * MANY * activation;
        add(
                LOGITS + " × " + MANY,
                trial -> crossEntropy(trial, MANY),
                memory("distillation_cross_entropy_streamed" + type, 2 * manyActivations + many + (long) MANY * F)
                        .again(
                                manyActivations + 3 * many - (long) MANY * F,
                                "both logits a second time, the center twice for every row: longer than the registers"));
    }

    private void softmax() {
        long logits = (long) LOGITS * prototypes * F;
        long center = (long) prototypes * F;
        String shape = LOGITS + " × " + prototypes;
        add(
                shape,
                trial -> {
                    Tensor y = trial.output("y", LOGITS, prototypes);
                    Tensor x = trial.input("x", LOGITS, prototypes);
                    trial.backend().softmax().forward(y, x, trial.real("center", prototypes), 0.1);
                    Tensor dy = trial.input("dy", LOGITS, prototypes);
                    trial.backend().softmax().backward(trial.output("dx", LOGITS, prototypes), dy, y, 0.1);
                },
                memory("softmax_forward", 2 * logits + center).again(logits - center, "the center, for every row"),
                memory("softmax_backward", 3 * logits));
    }

    private static void crossEntropy(Trial trial, int width) {
        trial.backend()
                .distillationCrossEntropy()
                .forwardBackward(
                        trial.realOutput("loss", LOGITS),
                        trial.realOutput("entropy", LOGITS),
                        trial.output("dstudent", LOGITS, width),
                        trial.input("student", LOGITS, width),
                        trial.real("teacher", LOGITS, width),
                        trial.ints("pairs", IntStream.range(0, LOGITS).toArray(), LOGITS, 1),
                        trial.real("weights", LOGITS),
                        trial.real("center", width),
                        new Temperatures(0.04, 0.1));
    }

    private void tokens() {
        int patchRows = rows - images;
        add(
                rows + " × " + WIDTH,
                trial -> {
                    Tensor in = trial.input("patches", patchRows, WIDTH);
                    Tensor cls = trial.real("cls", WIDTH);
                    Tensor table = trial.real("positions", tokens, WIDTH);
                    trial.backend().tokenAssembly().forward(out(trial, "tokens"), in, cls, null, null, table);
                    Tensor dpatches = trial.output("dpatches", patchRows, WIDTH);
                    Tensor dcls = trial.accumulator("dcls", WIDTH);
                    Tensor dpositions = trial.accumulator("dpositions", tokens, WIDTH);
                    trial.backend()
                            .tokenAssembly()
                            .backward(dpatches, dcls, null, dpositions, in(trial, "dtokens"), null);
                },
                memory("token_assembly_forward" + type, all + patches + row + positions)
                        .again((images - 1) * (positions + row), "positions and [CLS], for every image"),
                memory("token_assembly_backward" + type, all + patches + 2 * (positions + row)));
        int picked = rows / 3;
        int[] index = IntStream.range(0, picked).map(i -> 3 * i).toArray();
        add(
                picked + " of " + rows + " × " + WIDTH,
                trial -> {
                    Tensor which = trial.ints("index", index, picked);
                    trial.backend().rows().gather(trial.output("packed", picked, WIDTH), in(trial, "all"), which);
                    Tensor target = trial.changed("scattered", rows, WIDTH);
                    trial.backend().rows().scatter(target, trial.input("rows", picked, WIDTH), which);
                },
                memory("rows_gather" + type, picked * (2L * WIDTH * activation + F)),
                memory("rows_scatter" + type, picked * (2L * WIDTH * activation + F)));
        add(
                rows + " × " + WIDTH,
                trial ->
                        trial.backend().tokenMean().forward(trial.realOutput("mean", WIDTH), in(trial, "x"), tokens, 1),
                memory("token_mean_partial" + type, patches + ceiling(patchRows, BLOCK_ROWS) * row));
        int pixels = PATCH * grid.width();
        add(
                images + " × 3 × " + pixels + " × " + pixels,
                trial -> trial.backend()
                        .unfold()
                        .forward(
                                trial.output("patches", patchRows, 3 * PATCH * PATCH),
                                trial.real("images", images, 3, pixels, pixels),
                                PATCH),
                memory("unfold_forward" + type, (long) images * 3 * pixels * pixels * (F + activation)));
        int colours = 3 * PATCH * PATCH;
        add(
                patchRows + " × " + colours,
                trial -> trial.backend()
                        .l1Loss()
                        .forwardBackward(
                                trial.realOutput("loss", patchRows),
                                trial.output("dx", patchRows, colours),
                                trial.input("x", patchRows, colours),
                                trial.input("target", patchRows, colours),
                                1),
                memory(
                        "l1_loss_forward_backward" + type,
                        3L * patchRows * colours * activation + (long) patchRows * F));
    }

    private void casts() {
        long both = (long) rows * WIDTH * (F + activation);
        add(
                rows + " × " + WIDTH,
                trial -> {
                    Tensor rounded = out(trial, "rounded");
                    trial.backend().copy(rounded, trial.real("x", rows, WIDTH));
                    trial.backend().copy(trial.realOutput("back", rows, WIDTH), rounded);
                },
                memory("cast_to_bf16", both),
                memory("cast_to_f32", both));
    }

    private void resize() {
        Grid local = new Grid(LOCAL, LOCAL);
        long small = (1 + local.tokens()) * row;
        // Two of the four taps of an axis' first and last output are clamped to the same border.
        int taps = 4 * LOCAL - 2;
        add(
                grid.width() + "² to " + LOCAL + "², " + WIDTH,
                trial -> {
                    Tensor from = trial.real("positions", tokens, WIDTH);
                    Tensor to = trial.output("out", 1 + local.tokens(), WIDTH);
                    trial.backend().positionResize().forward(to, from, grid, local);
                    Tensor dfrom = trial.accumulator("dpositions", tokens, WIDTH);
                    Tensor dto = trial.input("dout", 1 + local.tokens(), WIDTH);
                    trial.backend().positionResize().backward(dfrom, dto, grid, local);
                },
                memory("position_resize_forward", positions + small)
                        .again((1 + 16L * local.tokens()) * row - positions, "16 taps of each output overlap"),
                memory("position_resize_backward", 2 * positions + small)
                        .again((1 + (long) taps * taps) * row - small, "an output, for each position under its taps"));
        add(
                tokens + " × " + WIDTH,
                trial -> {
                    Tensor dfrom = trial.accumulator("dpositions", tokens, WIDTH);
                    trial.backend().positionResize().backward(dfrom, trial.input("dout", tokens, WIDTH), grid, grid);
                },
                memory("position_resize_add", 3 * positions));
    }

    /** The optimiser on the parameters of one block of the network. */
    private void parameters() {
        int[] lengths = {
            3 * WIDTH * WIDTH, 3 * WIDTH, WIDTH * WIDTH, WIDTH, HIDDEN * WIDTH, HIDDEN, WIDTH * HIDDEN, WIDTH
        };
        List<Segment> segments = new ArrayList<>();
        int count = 0;
        int chunks = 0;
        for (int length : lengths) {
            segments.add(new Segment(count, length));
            count += length;
            chunks += ceiling(length, CHUNK);
        }
        int elements = count;
        long bytes = (long) elements * F;
        long table = (long) chunks * CHUNK_BYTES;
        String shape = String.format("%,d", elements);
        add(
                shape,
                trial -> trial.backend()
                        .clipGradients()
                        .apply(
                                trial.accumulator("gradients", elements),
                                trial.output("norms", segments.size()),
                                segments,
                                3),
                memory("clip_gradients_squares", bytes + table + (long) chunks * F),
                launch("clip_gradients_norms", (long) chunks * F + 3L * segments.size() * F),
                memory("clip_gradients_scale", 2 * bytes + table + (long) chunks * F));
        List<AdamW.Update> updates =
                segments.stream().map(s -> new AdamW.Update(s, 0.04, 1)).toList();
        add(
                shape,
                trial -> {
                    Tensor second = trial.accumulator("second", new double[elements], elements);
                    Tensor first = trial.accumulator("first", elements);
                    Tensor gradients = trial.input("gradients", elements);
                    trial.backend()
                            .adamW()
                            .step(
                                    trial.accumulator("parameters", elements),
                                    gradients,
                                    first,
                                    second,
                                    updates,
                                    0.001,
                                    AdamW.Betas.DEFAULT);
                },
                memory("adam_w_step", 7 * bytes + 2 * table));
        List<Sgd.Update> descents =
                segments.stream().map(s -> new Sgd.Update(s, 0.01)).toList();
        add(
                shape,
                trial -> trial.backend()
                        .sgd()
                        .step(
                                trial.accumulator("parameters", elements),
                                trial.real("gradients", elements),
                                trial.accumulator("velocity", elements),
                                descents,
                                0.9),
                memory("sgd_step", 5 * bytes + table + (long) segments.size() * F));
        add(
                shape,
                trial -> trial.backend()
                        .ema()
                        .update(trial.accumulator("average", elements), trial.input("value", elements), 0.99),
                memory("ema_update", 3 * bytes));
    }
}
