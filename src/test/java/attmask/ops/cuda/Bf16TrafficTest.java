package attmask.ops.cuda;

import attmask.config.Precision;
import attmask.ops.Backend;
import attmask.ops.DistillationCrossEntropy.Temperatures;
import attmask.ops.LayerNorm;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the kernels for bfloat16 activations move: two bytes for each of them, four for each real number. */
class Bf16TrafficTest {
    /** Two images of 224 pixels in ViT-Small. */
    private static final int TOKENS = 197;

    private static final int ROWS = 2 * TOKENS;
    private static final int WIDTH = 384;
    private static final int PROTOTYPES = 8192;

    /** Two 4-byte statistics of a row, which move a sector of 32 each, beside a warp's 128 columns of two tensors. */
    private static final double OVERHEAD = 0.12;

    /** Statistics and partial sums come on top, some hundredths; an activation read once more would be 2 bytes. */
    private static final double MORE = 0.4;

    /** An op, and the bytes that it loads and stores for each of its elements. */
    private enum Case {
        // Forward: x; γ, β. Backward: dy, x for dγ and dβ; dy, x, dx for dx; γ twice.
        LAYER_NORM(ROWS * WIDTH, 2 * (1 + 2 + 3) + 4 * (2 + 2), 2 * (1 + 1), trial -> {
            Tensor x = activation(trial, "x");
            Tensor gamma = trial.real("gamma", WIDTH);
            Tensor mean = trial.realOutput("mean", ROWS);
            Tensor rstd = trial.realOutput("rstd", ROWS);
            LayerNorm op = trial.backend().layerNorm();
            op.forward(output(trial, "y"), mean, rstd, x, gamma, trial.real("beta", WIDTH), 1e-6);
            Tensor dgamma = trial.accumulator("dgamma", WIDTH);
            Tensor dbeta = trial.accumulator("dbeta", WIDTH);
            Tensor dx = trial.changed("dx", ROWS, WIDTH);
            op.backward(dx, dgamma, dbeta, activation(trial, "dy"), x, mean, rstd, gamma);
        }),
        // Beside that: the branch; the sum, and the branch's gradient.
        LAYER_NORM_OF_SUM(ROWS * WIDTH, 2 * (2 + 2 + 3) + 4 * (2 + 2), 2 * (2 + 2), trial -> {
            Tensor x = activation(trial, "x");
            Tensor branch = activation(trial, "branch");
            Tensor keep = trial.real("keep", 2);
            Tensor gamma = trial.real("gamma", WIDTH);
            Tensor beta = trial.real("beta", WIDTH);
            Tensor mean = trial.realOutput("mean", ROWS);
            Tensor rstd = trial.realOutput("rstd", ROWS);
            Tensor sum = output(trial, "sum");
            LayerNorm op = trial.backend().layerNorm();
            op.forwardSum(output(trial, "y"), mean, rstd, sum, x, branch, keep, gamma, beta, 1e-6);
            Tensor dgamma = trial.accumulator("dgamma", WIDTH);
            Tensor dbeta = trial.accumulator("dbeta", WIDTH);
            Tensor dx = trial.changed("dx", ROWS, WIDTH);
            Tensor dbranch = output(trial, "dbranch");
            op.backwardSum(dx, dbranch, keep, dgamma, dbeta, activation(trial, "dy"), sum, mean, rstd, gamma);
        }),
        // x; dy, y.
        L2_NORMALIZE(ROWS * WIDTH, 2 * (1 + 2), 2 * (1 + 1), trial -> {
            Tensor y = output(trial, "y");
            Tensor norm = trial.realOutput("norm", ROWS);
            trial.backend().l2Normalize().forward(y, norm, activation(trial, "x"));
            trial.backend().l2Normalize().backward(output(trial, "dx"), activation(trial, "dy"), y, norm);
        }),
        // v to w.
        WEIGHT_NORM(ROWS * WIDTH, 4, 2, trial -> {
            Tensor v = trial.real("v", ROWS, WIDTH);
            Tensor norm = trial.realOutput("norm", ROWS);
            trial.backend().weightNorm().forward(output(trial, "w"), norm, v, trial.real("g", ROWS));
        }),
        // Forward: patches; positions. Backward: dtokens; dpositions, half as large with two images.
        TOKEN_ASSEMBLY(ROWS * WIDTH, 2 * (1 + 1) + 4 * 1.5, 2 * (1 + 1) + 4 * 0.5, trial -> {
            Tensor patches = trial.input("patches", ROWS - 2, WIDTH);
            Tensor positions = trial.real("positions", TOKENS, WIDTH);
            Tensor cls = trial.real("cls", WIDTH);
            Backend backend = trial.backend();
            backend.tokenAssembly().forward(output(trial, "tokens"), patches, cls, null, null, positions);
            Tensor dpatches = trial.output("dpatches", ROWS - 2, WIDTH);
            Tensor dcls = trial.accumulator("dcls", WIDTH);
            Tensor dpositions = trial.accumulator("dpositions", TOKENS, WIDTH);
            backend.tokenAssembly().backward(dpatches, dcls, null, dpositions, activation(trial, "dtokens"), null);
        }),
        ROWS_BY_INDEX(64 * WIDTH, 2 * (1 + 1), 2 * (1 + 1), trial -> {
            Tensor index =
                    trial.ints("index", IntStream.range(0, 64).map(i -> 3 * i).toArray(), 64);
            trial.backend().rows().gather(trial.output("packed", 64, WIDTH), activation(trial, "all"), index);
            Tensor rows = trial.input("rows", 64, WIDTH);
            trial.backend().rows().scatter(trial.changed("scattered", ROWS, WIDTH), rows, index);
        }),
        TOKEN_MEAN(ROWS * WIDTH, 2, 0, trial -> {
            trial.backend().tokenMean().forward(trial.realOutput("mean", WIDTH), activation(trial, "x"), TOKENS, 0);
        }),
        UNFOLD(2 * 3 * 64 * 64, 4, 2, trial -> {
            trial.backend().unfold().forward(trial.output("patches", 32, 768), trial.real("images", 2, 3, 64, 64), 16);
        }),
        // The bias once for 16 rows of y, and dy for its gradient; the products are the library's.
        LINEAR(ROWS * WIDTH, 2 + 4 / 16.0, 2, trial -> {
            Tensor x = trial.input("x", ROWS, 8);
            Tensor weight = trial.input("weight", WIDTH, 8);
            trial.backend().linear().forward(output(trial, "y"), x, weight, trial.real("bias", WIDTH));
            Tensor dweight = trial.accumulator("dweight", WIDTH, 8);
            Tensor dbias = trial.accumulator("dbias", WIDTH);
            trial.backend().linear().backwardWeight(dweight, dbias, activation(trial, "dy"), x);
        }),
        // Forward: h and, once for 16 rows, the bias; h and y. Backward: dh, h; dh.
        LINEAR_GELU(ROWS * WIDTH, 2 * (1 + 2) + 4 / 16.0, 2 * (2 + 1), trial -> {
            Tensor x = trial.input("x", ROWS, 8);
            Tensor weight = trial.input("weight", WIDTH, 8);
            Tensor hidden = output(trial, "hidden");
            trial.backend().linear().forwardGelu(output(trial, "y"), hidden, x, weight, trial.real("bias", WIDTH));
            Tensor next = trial.input("next", 8, WIDTH);
            trial.backend()
                    .linear()
                    .backwardInputGelu(output(trial, "dhidden"), trial.input("dy", ROWS, 8), next, hidden);
        }),
        // The student; teacher and center.
        DISTILLATION(8 * PROTOTYPES, 2 + 4 * 2, 2, trial -> {
            trial.backend()
                    .distillationCrossEntropy()
                    .forwardBackward(
                            trial.realOutput("loss", 8),
                            trial.realOutput("entropy", 8),
                            trial.output("dstudent", 8, PROTOTYPES),
                            trial.input("student", 8, PROTOTYPES),
                            trial.real("teacher", 8, PROTOTYPES),
                            trial.ints("pairs", IntStream.range(0, 8).toArray(), 8, 1),
                            trial.real("weights", 8),
                            trial.real("center", PROTOTYPES),
                            new Temperatures(0.04, 0.1));
        }),
        ARG_MAX(8 * PROTOTYPES, 2, 0, trial -> {
            trial.backend().argMax().forward(trial.output("index", DType.I32, 8), trial.input("x", 8, PROTOTYPES));
        }),
        // To bfloat16 and back.
        CAST(ROWS * WIDTH, 4 + 2, 2 + 4, trial -> {
            Tensor rounded = output(trial, "rounded");
            trial.backend().copy(rounded, trial.real("x", ROWS, WIDTH));
            trial.backend().copy(trial.realOutput("back", ROWS, WIDTH), rounded);
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

        private static Tensor activation(Trial trial, String name) {
            return trial.input(name, ROWS, WIDTH);
        }

        private static Tensor output(Trial trial, String name) {
            return trial.output(name, ROWS, WIDTH);
        }
    }

    @ParameterizedTest
    @EnumSource
    void movesWhatItMust(Case op) {
        Traffic.of(Precision.BF16, op.program, op.elements, op.elements, OVERHEAD)
                .atMost(op.loads, op.stores, MORE);
    }
}
