package attmask.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What collapse looks like, and what helps. The bounds lie between what healthy and collapsed runs of 100 to 1560 steps
 * were measured to show (built-in images; width 24 to 384, 64 to 4096 prototypes). Entropies and loss are
 * shares of ln K.
 *
 * <table>
 * <caption>After step 100</caption>
 * <tr><th>run</th><th>teacher entropy</th><th>of its mean</th><th>loss</th><th>on one prototype</th><th>deviation</th></tr>
 * <tr><td>healthy, and at the start</td><td>0.19 to 0.983</td><td>0.57 to 1.000</td><td>0.23 to 0.992</td>
 * <td>up to 0.46</td><td>0.17 to 0.77</td></tr>
 * <tr><td>centers never move (centerMomentum 1)</td><td>0.20 to 0.001</td><td>0.22 to 0.001</td><td>0.22 to 0.001</td>
 * <td>0.994 to 1</td><td>0.34 to 0.50</td></tr>
 * <tr><td>teacher as soft as the student (teacherTemp 0.1)</td><td>0.995 to 0.999</td><td>1.000</td>
 * <td>0.998 to 0.999</td><td>0.22 to 0.33</td><td>0.30 to 0.42</td></tr>
 * <tr><td>learning rate 50 times too high, unclipped</td><td>0.998 to 1.000</td><td>0.998 to 1.000</td>
 * <td>0.999 to 1.000</td><td>0.87 to 1</td><td>0.04 to 0.06</td></tr>
 * </table>
 */
enum CollapseSign {
    /** Every image gets the uniform distribution, and nothing is left to learn from it. */
    UNIFORM_OUTPUT(
            "the teacher's entropy is %.1f %% of ln K and the loss does not leave ln K",
            100,
            "lower loss.teacherTemp and loss.teacherPatchTemp (0.04 to 0.07 of a student's 0.1 are usual)"
                    + " or optimizer.learningRate"),
    /** Every image gets the same prototype. */
    ONE_PROTOTYPE(
            "%.1f %% of the last images are on the same prototype",
            100,
            "lower loss.centerMomentum (0.9 is usual; 1 never centers)"
                    + " or raise loss.warmupTeacherTemp and loss.teacherTemp"),
    /** Every image gets the same features. */
    CONSTANT_FEATURES(
            "the features' deviation over the batch is %.3f",
            1, "lower optimizer.learningRate, raise optimizer.warmupEpochs, and keep optimizer.clipGradient at 3");

    private static final double NEARLY_UNIFORM = 0.99;
    private static final double NEARLY_ALL = 0.99;
    /** Of a uniform output, whichever prototype is a hair above the others has all images. */
    private static final double SHARP = 0.5;

    private static final double NEARLY_CONSTANT = 0.1;

    private final String text;
    private final double scale;
    private final String remedy;

    CollapseSign(String text, double scale, String remedy) {
        this.text = text;
        this.scale = scale;
        this.remedy = remedy;
    }

    /**
     * A batch, as shares of ln K.
     *
     * @param entropy mean entropy of the teacher's [CLS] outputs
     * @param marginal entropy of their mean
     * @param loss the [CLS] loss before its weight; 0 if it has none
     * @param largest share of images on the most frequent prototype
     * @param deviation of the features, not a share: {@link CollapseMonitor#deviation}
     */
    record Measures(double entropy, double marginal, double loss, double largest, double deviation) {
        private double of(CollapseSign sign) {
            return switch (sign) {
                case UNIFORM_OUTPUT -> entropy;
                case ONE_PROTOTYPE -> largest;
                case CONSTANT_FEATURES -> deviation;
            };
        }

        private boolean shows(CollapseSign sign) {
            return switch (sign) {
                case UNIFORM_OUTPUT -> entropy > NEARLY_UNIFORM && loss > NEARLY_UNIFORM;
                case ONE_PROTOTYPE -> largest > NEARLY_ALL && marginal < SHARP;
                case CONSTANT_FEATURES -> deviation < NEARLY_CONSTANT;
            };
        }
    }

    /** A sign and the number that shows it. */
    record Seen(CollapseSign sign, double value) {
        /** For the log. */
        Map<String, Object> line() {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("sign", sign.label());
            line.put("value", value);
            line.put("remedy", sign.remedy);
            return line;
        }

        /** For people. */
        String note(int step) {
            return "collapse at step " + step + ", " + sign.label() + ": "
                    + String.format(Locale.ROOT, sign.text, sign.scale * value) + "; start anew and " + sign.remedy;
        }
    }

    /** The signs in a batch. */
    static List<Seen> in(Measures measures) {
        return Arrays.stream(values())
                .filter(measures::shows)
                .map(sign -> new Seen(sign, measures.of(sign)))
                .toList();
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
