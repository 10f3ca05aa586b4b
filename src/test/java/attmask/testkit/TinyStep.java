package attmask.testkit;

import attmask.config.HeadConfig;
import attmask.config.LossConfig;
import attmask.config.Method;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.Losses;
import attmask.ssl.MaskChooser;
import attmask.ssl.SelfDistillation;
import attmask.ssl.Temperatures;
import attmask.tensor.Tensor;
import java.util.Arrays;

/**
 * A training step small enough for central differences, yet with everything in it: crops that are not square, local
 * ones on a grid of their own, drop path, and a teacher that differs from the student.
 *
 * @param shared one last layer for [CLS] and patches, else two of different size
 * @param normLastLayer gains held at 1
 * @param locals number of local crops of an image
 * @param local their size
 */
public record TinyStep(
        boolean shared,
        boolean normLastLayer,
        int locals,
        Size local,
        double clsWeight,
        double patchWeight,
        double restorationWeight) {
    public static final double CENTER_MOMENTUM = 0.75;
    public static final Temperatures TEMPERATURES = new Temperatures(0.2, 0.25, 0.4);
    private static final int BATCH = 2;
    /** What the drop-path factors follow from: with these, the last block drops some masked image and keeps another. */
    public static final long SEED = 5;

    public static final int STEP = 0;

    /** Both losses, one last layer with trained gains, two local crops of one patch. */
    public static final TinyStep IBOT = new TinyStep(true, false, 2, Size.square(4), 1, 1);

    /** [CLS] and restoration. */
    public static final TinyStep MST = new TinyStep(true, false, 2, Size.square(4), 1, 0, 1);

    /** Without restoration. */
    public TinyStep(
            boolean shared, boolean normLastLayer, int locals, Size local, double clsWeight, double patchWeight) {
        this(shared, normLastLayer, locals, local, clsWeight, patchWeight, 0);
    }

    public TinyStep withWeights(double cls, double patch) {
        return new TinyStep(shared, normLastLayer, locals, local, cls, patch);
    }

    public TinyStep withRestoration(double cls, double restoration) {
        return new TinyStep(shared, normLastLayer, locals, local, cls, 0, restoration);
    }

    /** Global crops of 2×3 patches. */
    public ModelConfig model() {
        return new ModelConfig(new Size(8, 12), 4, 12, 2, 3, 2, 0.2);
    }

    public HeadConfig head() {
        return new HeadConfig(9, 5, 10, shared ? 10 : 7, shared, normLastLayer);
    }

    /** Takes memory and fills it: every parameter, center and pixel follows from its name alone. */
    public SelfDistillation on(Backend backend) {
        return on(backend, model(), head());
    }

    /** The same with another network on as many patches. */
    public SelfDistillation on(Backend backend, ModelConfig model, HeadConfig head) {
        Method method = restorationWeight > 0 ? Method.MST : Method.IBOT;
        LossConfig loss = new LossConfig(
                method, clsWeight, patchWeight, restorationWeight, 0.4, 0.2, 0.2, 0.25, 0.25, 0, CENTER_MOMENTUM);
        CropSet crops = new CropSet(BATCH, model.image(), locals, locals == 0 ? null : local);
        SelfDistillation step =
                new SelfDistillation(backend, model, head, loss, crops, -1, crops.globalImages() * model.patches());
        step.allocate();
        // Wider sums of smaller terms, so that scores stay as they are.
        double deviation = 0.3 * Math.sqrt((double) model().width() / model.width());
        fill(backend, step.studentParameters(), "student ", deviation);
        fill(backend, step.teacherParameters(), "teacher ", deviation);
        if (restorationWeight > 0) {
            keepFromTheKinks(backend, step.studentParameters().get("decoder.2.bias"));
        }
        write(backend, step.centers().cls(), "cls center", 0, 0.1);
        write(backend, step.centers().patch(), "patch center", 0, 0.1);
        write(backend, step.globals(), "globals", 0, 1);
        if (step.locals() != null) {
            write(backend, step.locals(), "locals", 0, 1);
        }
        step.dropPath(SEED, STEP);
        return step;
    }

    /** Trained values far enough from their start that every path carries a gradient. */
    private static void fill(Backend backend, Parameters parameters, String network, double deviation) {
        for (Parameter parameter : parameters.layout().parameters()) {
            String name = parameter.name();
            boolean aroundOne = name.endsWith("weight_g") || (name.contains("norm") && name.endsWith("weight"));
            write(
                    backend,
                    parameters.get(name),
                    network + name,
                    aroundOne ? 1 : 0,
                    parameter.trained() ? deviation : 0);
        }
    }

    /** Restored pixels on either side of every pixel and far from it: |x| has a kink, which no difference may cross. */
    private static void keepFromTheKinks(Backend backend, Tensor bias) {
        double[] values = new double[(int) bias.count()];
        Arrays.setAll(values, i -> i % 3 == 0 ? -10 : 10);
        backend.write(bias, values);
    }

    private static void write(Backend backend, Tensor tensor, String name, double mean, double deviation) {
        double[] values = Trial.normal(name, (int) tensor.count());
        Arrays.setAll(values, i -> (float) (mean + deviation * values[i]));
        backend.write(tensor, values);
    }

    /** Losses and gradients with the masks of {@link #mask()}. */
    public static Losses forwardBackward(Backend backend, SelfDistillation step) {
        return step.forwardBackward(TEMPERATURES, new Masks(backend, mask()));
    }

    /** (4, 6): several patches, one, none, and all but one. */
    public static byte[] mask() {
        return new byte[] {
            1, 0, 1, 1, 0, 0, /**/ 0, 0, 0, 0, 1, 0, /**/ 0, 0, 0, 0, 0, 0, /**/ 1, 1, 1, 0, 1, 1,
        };
    }

    public static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    /** Prescribed masks. */
    public record Masks(Backend backend, byte[] bytes) implements MaskChooser {
        @Override
        public int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads) {
            backend.attentionMask().scores(scores, qkv, heads);
            int patches = mask.dim(1);
            int[] counts = new int[mask.dim(0)];
            int[] listed = new int[bytes.length];
            int masked = 0;
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] != 0) {
                    counts[i / patches]++;
                    listed[masked++] = i / patches * (patches + 1) + 1 + i % patches;
                }
            }
            backend.write(mask, bytes);
            backend.write(rows, listed, masked);
            return counts;
        }
    }
}
