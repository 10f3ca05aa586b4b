package attmask.train;

import attmask.config.TrainConfig;
import attmask.nn.Crops;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

final class CollapseMonitor {
    private static final int INTERVAL = 100;

    enum Sign {
        UNIFORM_OUTPUT,
        ONE_PROTOTYPE,
        CONSTANT_FEATURES
    }

    record Finding(Sign sign, double value) {}

    private final Backend backend;
    private final SelfDistillation learned;
    private final TrainConfig config;
    private final Arena arena = new Arena("collapse monitor");
    private final int[] rows;
    private final Tensor index;
    private final Tensor cls;
    private final double[] features;

    CollapseMonitor(Backend backend, TrainConfig config, SelfDistillation learned) {
        this.backend = backend;
        this.config = config;
        this.learned = learned;
        Crops crops = new Crops(
                learned.crops().globalImages(),
                VisionTransformer.grid(config.globalSize(), config.model().patch()));
        rows = TokenLayout.of(crops).clsRows();
        index = arena.tensor(DType.I32, rows.length);
        cls = arena.tensor(backend.activation(), rows.length, config.model().width());
        features = new double[(int) cls.count()];
    }

    Arena arena() {
        return arena;
    }

    void close() {
        arena.close();
    }

    void allocate() {
        arena.allocate(backend::allocate);
        backend.write(index, rows, rows.length);
    }

    boolean due(int step, int stepsPerEpoch) {
        return step % INTERVAL == 0 || step % stepsPerEpoch == 0;
    }

    double featureDeviation() {
        backend.rows().gather(cls, learned.teacherTokens(), index);
        backend.read(cls, features);
        return deviation(features, config.model().width());
    }

    static double deviation(double[] rows, int width) {
        int count = rows.length / width;
        double[] sum = new double[width];
        double[] squares = new double[width];
        for (int row = 0; row < count; row++) {
            double norm = 0;
            for (int d = 0; d < width; d++) {
                norm += rows[row * width + d] * rows[row * width + d];
            }
            for (int d = 0; d < width; d++) {
                double value = rows[row * width + d] / Math.max(Math.sqrt(norm), 1e-12);
                sum[d] += value;
                squares[d] += value * value;
            }
        }
        double total = 0;
        for (int d = 0; d < width; d++) {
            total += Math.sqrt(Math.max(0, squares[d] / count - sum[d] / count * (sum[d] / count)));
        }
        return total / width * Math.sqrt(width);
    }

    List<Finding> check(Losses losses, int step) {
        double lnK = Math.log(config.head().prototypes());
        int b2 = losses.clusters().length;
        System.err.printf(
                "MON step %d e %.4f m %.4f mb %.4f l %.4f use %d/%d dev %.4f total %.3f agr %.3f%n",
                step,
                losses.teacherEntropy() / lnK,
                losses.marginalEntropy() / lnK,
                losses.marginalEntropy() / Math.log(Math.min(b2, config.head().prototypes())),
                losses.cls() / lnK,
                Arrays.stream(losses.clusters()).distinct().count(),
                b2,
                featureDeviation(),
                losses.total(),
                losses.agreement());
        return new ArrayList<>();
    }
}
