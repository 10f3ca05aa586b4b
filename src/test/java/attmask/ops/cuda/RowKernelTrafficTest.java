package attmask.ops.cuda;

import attmask.config.Precision;
import attmask.ops.AdamW;
import attmask.ops.DistillationCrossEntropy.Temperatures;
import attmask.ops.Grid;
import attmask.ops.LayerNorm;
import attmask.ops.Segment;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What memory-bound kernels move at the sizes of ViT-Small: whole sectors, nothing twice that fits in registers. */
class RowKernelTrafficTest {
    private static final int TOKENS = 197;
    private static final int ROWS = 2 * TOKENS;
    private static final int WIDTH = 384;
    private static final int PROTOTYPES = 8192;
    /** Elements of the flat tensor of parameters, here of two. */
    private static final int PARAMETERS = 100_032;

    /**
     * Statistics and partial sums come on top, a few hundredths; a 4-byte statistic moves a sector of 32. A tensor read
     * once more would be 0.5 at least.
     */
    private static final double MORE = 0.1;

    private static final List<Segment> SEGMENTS = List.of(new Segment(0, 99_999), new Segment(100_000, 31));

    /** An op forward and backward, and what it loads and stores for each of its elements; the comments say which. */
    private enum Case {
        // Forward: x, γ, β. Backward: dy, x for dγ and dβ; dy, x, dx, γ twice for dx.
        LAYER_NORM(ROWS * WIDTH, 3 + 2 + 5, 1 + 1, trial -> {
            Tensor x = input(trial, "x");
            Tensor gamma = trial.input("gamma", WIDTH);
            Tensor mean = trial.output("mean", ROWS);
            Tensor rstd = trial.output("rstd", ROWS);
            LayerNorm op = trial.backend().layerNorm();
            op.forward(output(trial, "y"), mean, rstd, x, gamma, trial.input("beta", WIDTH), 1e-6);
            Tensor dgamma = trial.accumulator("dgamma", WIDTH);
            Tensor dbeta = trial.accumulator("dbeta", WIDTH);
            Tensor dx = trial.changed("dx", ROWS, WIDTH);
            op.backward(dx, dgamma, dbeta, input(trial, "dy"), x, mean, rstd, gamma);
        }),
        // Beside that: the branch; the sum, and the branch's gradient.
        LAYER_NORM_OF_SUM(ROWS * WIDTH, 4 + 2 + 5, 2 + 2, trial -> {
            Tensor x = input(trial, "x");
            Tensor branch = input(trial, "branch");
            Tensor keep = trial.input("keep", 2);
            Tensor gamma = trial.input("gamma", WIDTH);
            Tensor beta = trial.input("beta", WIDTH);
            Tensor mean = trial.output("mean", ROWS);
            Tensor rstd = trial.output("rstd", ROWS);
            Tensor sum = output(trial, "sum");
            LayerNorm op = trial.backend().layerNorm();
            op.forwardSum(output(trial, "y"), mean, rstd, sum, x, branch, keep, gamma, beta, 1e-6);
            Tensor dgamma = trial.accumulator("dgamma", WIDTH);
            Tensor dbeta = trial.accumulator("dbeta", WIDTH);
            Tensor dx = trial.changed("dx", ROWS, WIDTH);
            Tensor dbranch = output(trial, "dbranch");
            op.backwardSum(dx, dbranch, keep, dgamma, dbeta, input(trial, "dy"), sum, mean, rstd, gamma);
        }),
        // Forward: x, center. Backward: dy, y.
        SOFTMAX(8 * PROTOTYPES, 2 + 2, 1 + 1, trial -> {
            Tensor y = trial.output("y", 8, PROTOTYPES);
            trial.backend()
                    .softmax()
                    .forward(y, trial.input("x", 8, PROTOTYPES), trial.input("center", PROTOTYPES), 0.1);
            trial.backend()
                    .softmax()
                    .backward(trial.output("dx", 8, PROTOTYPES), trial.input("dy", 8, PROTOTYPES), y, 0.1);
        }),
        L2_NORMALIZE(ROWS * WIDTH, 1 + 2, 1 + 1, trial -> {
            Tensor y = output(trial, "y");
            Tensor norm = trial.output("norm", ROWS);
            trial.backend().l2Normalize().forward(y, norm, input(trial, "x"));
            trial.backend().l2Normalize().backward(output(trial, "dx"), input(trial, "dy"), y, norm);
        }),
        // Backward also reads the dv that it adds to.
        WEIGHT_NORM(ROWS * WIDTH, 1 + 3, 1 + 1, trial -> {
            Tensor v = input(trial, "v");
            Tensor g = trial.input("g", ROWS);
            Tensor norm = trial.output("norm", ROWS);
            trial.backend().weightNorm().forward(output(trial, "w"), norm, v, g);
            trial.backend()
                    .weightNorm()
                    .backward(trial.accumulator("dv", ROWS, WIDTH), null, input(trial, "dw"), v, g, norm);
        }),
        // Forward: patches and positions. Backward: dtokens, and dpositions, half as large with two images.
        TOKEN_ASSEMBLY(ROWS * WIDTH, 2 + 1.5, 1 + 1.5, trial -> {
            Tensor patches = trial.input("patches", ROWS - 2, WIDTH);
            Tensor positions = trial.input("positions", TOKENS, WIDTH);
            trial.backend()
                    .tokenAssembly()
                    .forward(output(trial, "tokens"), patches, trial.input("cls", WIDTH), null, null, positions);
            trial.backend()
                    .tokenAssembly()
                    .backward(
                            trial.output("dpatches", ROWS - 2, WIDTH),
                            trial.accumulator("dcls", WIDTH),
                            null,
                            trial.accumulator("dpositions", TOKENS, WIDTH),
                            input(trial, "dtokens"),
                            null);
        }),
        ROWS_BY_INDEX(64 * WIDTH, 1 + 1, 1 + 1, trial -> {
            Tensor index =
                    trial.ints("index", IntStream.range(0, 64).map(i -> 3 * i).toArray(), 64);
            trial.backend().rows().gather(trial.output("packed", 64, WIDTH), input(trial, "all"), index);
            trial.backend()
                    .rows()
                    .scatter(trial.accumulator("scattered", ROWS, WIDTH), trial.input("rows", 64, WIDTH), index);
        }),
        TOKEN_MEAN(ROWS * WIDTH, 1, 0, trial -> {
            trial.backend().tokenMean().forward(trial.output("mean", WIDTH), input(trial, "x"), TOKENS, 0);
        }),
        UNFOLD(2 * 3 * 64 * 64, 1, 1, trial -> {
            trial.backend().unfold().forward(trial.output("patches", 32, 768), trial.input("images", 2, 3, 64, 64), 16);
        }),
        // 16 taps of each output row.
        POSITION_RESIZE(37 * WIDTH, 16, 1, trial -> {
            trial.backend()
                    .positionResize()
                    .forward(
                            trial.output("out", 37, WIDTH),
                            trial.input("positions", TOKENS, WIDTH),
                            new Grid(14, 14),
                            new Grid(6, 6));
        }),
        // The bias once for 16 rows of y, and dy for its gradient; the products are the library's.
        LINEAR(ROWS * WIDTH, 1 + 1 / 16.0, 1, trial -> {
            Tensor x = trial.input("x", ROWS, 8);
            Tensor bias = trial.input("bias", WIDTH);
            trial.backend().linear().forward(output(trial, "y"), x, trial.input("weight", WIDTH, 8), bias);
            trial.backend()
                    .linear()
                    .backwardWeight(
                            trial.accumulator("dweight", WIDTH, 8),
                            trial.accumulator("dbias", WIDTH),
                            input(trial, "dy"),
                            x);
        }),
        // Forward: h and, once for 16 rows, the bias; h and y. Backward: dh, h; dh.
        LINEAR_GELU(ROWS * WIDTH, 1 + 1 / 16.0 + 2, 2 + 1, trial -> {
            Tensor x = trial.input("x", ROWS, 8);
            Tensor weight = trial.input("weight", WIDTH, 8);
            Tensor hidden = output(trial, "hidden");
            trial.backend().linear().forwardGelu(output(trial, "y"), hidden, x, weight, trial.input("bias", WIDTH));
            Tensor next = trial.input("next", 8, WIDTH);
            trial.backend()
                    .linear()
                    .backwardInputGelu(output(trial, "dhidden"), trial.input("dy", ROWS, 8), next, hidden);
        }),
        // Student, teacher and center, each once.
        DISTILLATION(8 * PROTOTYPES, 3, 1, trial -> {
            trial.backend()
                    .distillationCrossEntropy()
                    .forwardBackward(
                            trial.output("loss", 8),
                            trial.output("entropy", 8),
                            trial.output("dstudent", 8, PROTOTYPES),
                            trial.input("student", 8, PROTOTYPES),
                            trial.input("teacher", 8, PROTOTYPES),
                            trial.ints("pairs", IntStream.range(0, 8).toArray(), 8, 1),
                            trial.input("weights", 8),
                            trial.input("center", PROTOTYPES),
                            new Temperatures(0.04, 0.1));
        }),
        ARG_MAX(8 * PROTOTYPES, 1, 0, trial -> {
            trial.backend().argMax().forward(trial.output("index", DType.I32, 8), trial.input("x", 8, PROTOTYPES));
        }),
        // The gradients to measure them, and to shorten them.
        CLIP_GRADIENTS(PARAMETERS, 2, 1, trial -> {
            trial.backend()
                    .clipGradients()
                    .apply(trial.accumulator("gradients", PARAMETERS), trial.output("norms", 2), SEGMENTS, 3);
        }),
        ADAM_W(PARAMETERS, 4, 3, trial -> {
            Tensor second = trial.accumulator("second", new double[PARAMETERS], PARAMETERS);
            trial.backend()
                    .adamW()
                    .step(
                            trial.accumulator("parameters", PARAMETERS),
                            trial.input("gradients", PARAMETERS),
                            trial.accumulator("first", PARAMETERS),
                            second,
                            SEGMENTS.stream()
                                    .map(segment -> new AdamW.Update(segment, 0.04, 1))
                                    .toList(),
                            0.001,
                            AdamW.Betas.DEFAULT);
        }),
        EMA(PARAMETERS, 2, 1, trial -> {
            trial.backend()
                    .ema()
                    .update(trial.accumulator("average", PARAMETERS), trial.input("value", PARAMETERS), 0.99);
        });

        private final int elements;
        private final double loads;
        private final double stores;
        private final Consumer<Trial> program;

        Case(int elements, double loads, double stores, Consumer<Trial> program) {
            this.elements = elements;
            this.loads = loads;
            this.stores = stores;
            this.program = program;
        }

        private static Tensor input(Trial trial, String name) {
            return trial.input(name, ROWS, WIDTH);
        }

        private static Tensor output(Trial trial, String name) {
            return trial.output(name, ROWS, WIDTH);
        }
    }

    @ParameterizedTest
    @EnumSource
    void movesWhatItMust(Case op) {
        Traffic.of(Precision.FP32, op.program, op.elements, (double) op.elements * Float.BYTES, MORE)
                .atMost(op.loads, op.stores, MORE);
    }
}
