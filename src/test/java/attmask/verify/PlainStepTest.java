package attmask.verify;

import attmask.config.Size;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.TinyStep;
import attmask.testkit.Tolerance;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.commons.math3.special.Erf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The step's savings change no number: losses and centers against the plain form, in which every token goes through
 * the last block and the heads and the losses are the sums that the papers write.
 */
class PlainStepTest {
    private static final Backend BACKEND = Backends.REFERENCE;

    /** Sums in double of other order. */
    private static final Tolerance TOLERANCE = new Tolerance(1e-12, 1e-12);

    private static Stream<TinyStep> variants() {
        return Stream.of(
                TinyStep.IBOT,
                new TinyStep(false, false, 2, Size.square(8), 1, 1),
                new TinyStep(false, true, 0, null, 0.5, 2),
                TinyStep.MST);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void lossesAndCenters(TinyStep tiny) {
        try (SelfDistillation step = tiny.on(BACKEND);
                PlainStudent plain = new PlainStudent(BACKEND, tiny.model(), step)) {
            plain.dropPath(TinyStep.SEED, TinyStep.STEP);
            double[] clsCenter = TinyStep.read(BACKEND, step.centers().cls());
            double[] patchCenter = TinyStep.read(BACKEND, step.centers().patch());
            Losses losses = TinyStep.forwardBackward(BACKEND, step);
            CropSet crops = step.crops();
            int images = crops.globalImages();
            int perImage = 1 + tiny.model().patches();
            PlainHead teacher = new PlainHead(
                    BACKEND, step.teacherParameters(), tiny.head(), step.teacherTokens(), images, perImage);
            Tensor tokens = plain.tokens();
            PlainHead student = new PlainHead(BACKEND, step.studentParameters(), tiny.head(), tokens, images, perImage);
            double[][] teacherCls = rows(teacher.cls(), tiny.head().prototypes());
            double[][] studentCls = rows(student.cls(), tiny.head().prototypes());
            if (crops.locals() > 0) {
                studentCls = Stream.concat(Arrays.stream(studentCls), Arrays.stream(localCls(tiny, step, tokens)))
                        .toArray(double[][]::new);
            }
            TOLERANCE.check("cls", tiny.clsWeight() * clsLoss(crops, studentCls, teacherCls, clsCenter), losses.cls());
            double[][] teacherPatch = rows(teacher.patches(), tiny.head().patchPrototypes());
            double[][] studentPatch = rows(student.patches(), tiny.head().patchPrototypes());
            TOLERANCE.check(
                    "patch",
                    tiny.patchWeight() * patchLoss(images, studentPatch, teacherPatch, patchCenter),
                    losses.patch());
            TOLERANCE.check("restoration", restoration(tiny, step, tokens), losses.restoration());

            step.update(new SelfDistillation.Update(0, 0, 0, false, 1));
            TOLERANCE.check(
                    "cls center",
                    moved(clsCenter, teacherCls),
                    TinyStep.read(BACKEND, step.centers().cls()));
            TOLERANCE.check(
                    "patch center",
                    tiny.patchWeight() > 0 ? moved(patchCenter, teacherPatch) : patchCenter,
                    TinyStep.read(BACKEND, step.centers().patch()));
        }
    }

    private static double[][] localCls(TinyStep tiny, SelfDistillation step, Tensor tokens) {
        CropSet crops = step.crops();
        int patch = tiny.model().patch();
        int perImage = 1 + crops.local().pixels() / (patch * patch);
        int globalRows = crops.globalImages() * (1 + tiny.model().patches());
        Tensor local = tokens.rows(globalRows, crops.localImages() * perImage);
        return rows(
                new PlainHead(BACKEND, step.studentParameters(), tiny.head(), local, crops.localImages(), perImage)
                        .cls(),
                tiny.head().prototypes());
    }

    /** Mean over all pixels of the global crops of the distance to what the decoder makes of their patch's token. */
    private static double restoration(TinyStep tiny, SelfDistillation step, Tensor tokens) {
        if (tiny.restorationWeight() == 0) {
            return 0;
        }
        double[][] weight0 = parameter(step, "decoder.0.weight");
        double[] bias0 = parameter(step, "decoder.0.bias")[0];
        double[][] weight2 = parameter(step, "decoder.2.weight");
        double[] bias2 = parameter(step, "decoder.2.bias")[0];
        double[][] token = rows(TinyStep.read(BACKEND, tokens), tiny.model().width());
        double[] pixels = TinyStep.read(BACKEND, step.globals());
        int height = step.globals().dim(2);
        int width = step.globals().dim(3);
        int patch = tiny.model().patch();
        double sum = 0;
        for (int i = 0; i < pixels.length; i++) {
            int x = i % width;
            int y = i / width % height;
            int channel = i / width / height % 3;
            int image = i / width / height / 3;
            int row = image * (1 + tiny.model().patches()) + 1 + y / patch * (width / patch) + x / patch;
            int output = (channel * patch + y % patch) * patch + x % patch;
            double[] hidden = new double[bias0.length];
            Arrays.setAll(hidden, j -> gelu(bias0[j] + dot(weight0[j], token[row])));
            sum += Math.abs(bias2[output] + dot(weight2[output], hidden) - pixels[i]);
        }
        return tiny.restorationWeight() * sum / pixels.length;
    }

    private static double[][] parameter(SelfDistillation step, String name) {
        Tensor tensor = step.studentParameters().get(name);
        return rows(TinyStep.read(BACKEND, tensor), tensor.dim(-1));
    }

    private static double gelu(double x) {
        return x * (1 + Erf.erf(x / Math.sqrt(2))) / 2;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[][] rows(double[] values, int width) {
        double[][] rows = new double[values.length / width][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * width, (i + 1) * width));
        return rows;
    }

    /** Mean over images of the mean over all pairs of a teacher's crop q and another crop v of the student's. */
    private static double clsLoss(CropSet crops, double[][] student, double[][] teacher, double[] center) {
        double sum = 0;
        int terms = 0;
        for (int q = 0; q < 2; q++) {
            for (int v = 0; v < 2 + crops.locals(); v++) {
                for (int i = 0; i < crops.batch() && v != q; i++) {
                    sum += crossEntropy(
                            student[v * crops.batch() + i],
                            teacher[q * crops.batch() + i],
                            center,
                            TinyStep.TEMPERATURES.teacher());
                    terms++;
                }
            }
        }
        return sum / terms;
    }

    /** Mean over images of the mean over an image's masked tokens, 0 where there is none. */
    private static double patchLoss(int images, double[][] student, double[][] teacher, double[] center) {
        byte[] mask = TinyStep.mask();
        int patches = mask.length / images;
        double sum = 0;
        for (int b = 0; b < images; b++) {
            double cost = 0;
            int masked = 0;
            for (int i = b * patches; i < (b + 1) * patches; i++) {
                if (mask[i] == 1) {
                    cost += crossEntropy(student[i], teacher[i], center, TinyStep.TEMPERATURES.teacherPatch());
                    masked++;
                }
            }
            sum += masked == 0 ? 0 : cost / masked;
        }
        return sum / images;
    }

    /** −Σ softmax((t − center) / temp) · log softmax(s / 0.4). */
    private static double crossEntropy(double[] s, double[] t, double[] center, double temperature) {
        double[] target = new double[t.length];
        Arrays.setAll(target, k -> Math.exp((t[k] - center[k]) / temperature));
        double[] predicted = new double[s.length];
        Arrays.setAll(predicted, k -> Math.exp(s[k] / TinyStep.TEMPERATURES.student()));
        double targets = Arrays.stream(target).sum();
        double all = Arrays.stream(predicted).sum();
        double cost = 0;
        for (int k = 0; k < s.length; k++) {
            cost -= target[k] / targets * Math.log(predicted[k] / all);
        }
        return cost;
    }

    /** center ← m·center + (1 − m)·mean of all raw logits. */
    private static double[] moved(double[] center, double[][] logits) {
        double[] moved = new double[center.length];
        for (int k = 0; k < moved.length; k++) {
            int prototype = k;
            double mean = Arrays.stream(logits)
                    .mapToDouble(row -> row[prototype])
                    .average()
                    .orElseThrow();
            moved[k] = TinyStep.CENTER_MOMENTUM * center[k] + (1 - TinyStep.CENTER_MOMENTUM) * mean;
        }
        return moved;
    }
}
