package attmask.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.ops.AttentionMask.Rule;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Agreement;
import attmask.testkit.Backends;
import attmask.testkit.Backends.Subject;
import attmask.testkit.Contract;
import attmask.testkit.Tolerance;
import attmask.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionMaskTest {
    /** A right program fails for one seed in a thousand, in each test. */
    private static final double SIGNIFICANCE = 1e-3;

    /** (B, N, H, E): awkward ones, a prime, and ViT-Small. */
    private static final int[][] SIZES = {{1, 1, 1, 1}, {3, 31, 2, 5}, {2, 33, 3, 12}, {5, 101, 1, 7}, {2, 196, 6, 64}};

    private static Consumer<Trial> scores(int images, int patches, int heads, int width) {
        return trial -> trial.backend()
                .attentionMask()
                .scores(
                        // p·(error of its logit), and a logit is a sum of E products.
                        trial.sumsOf(width + heads).realOutput("scores", images, patches),
                        trial.input("qkv", images * (1 + patches), 3 * heads * width),
                        heads);
    }

    /** Scores with many ties: only a few values, by the name of the input. */
    private static double[] tied(int count) {
        double[] scores = Trial.normal("scores", count);
        Arrays.setAll(scores, i -> Math.rint(Math.abs(scores[i]) * 3) / 4);
        return scores;
    }

    private static Consumer<Trial> select(double[] scores, int images, Rule rule) {
        int patches = scores.length / images;
        return trial -> trial.backend()
                .attentionMask()
                .select(
                        trial.output("mask", DType.U8, images, patches),
                        trial.output("rows", DType.I32, images * patches),
                        trial.real("scores", scores, images, patches),
                        rule);
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendAgreesOnScores(Subject subject) {
        for (int[] size : SIZES) {
            Agreement.check(subject, scores(size[0], size[1], size[2], size[3]));
        }
    }

    /** The [CLS] row of {@link Attention}'s probabilities, patch columns, averaged over heads. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void scoresAreTheAttentionOfCls(Subject subject) {
        for (int[] size : SIZES) {
            int images = size[0];
            int tokens = 1 + size[1];
            int heads = size[2];
            Trial.Result result = Trial.run(subject.backend(), trial -> {
                Tensor qkv = trial.input("qkv", images * tokens, 3 * heads * size[3]);
                trial.backend().attentionMask().scores(trial.realOutput("scores", images, tokens - 1), qkv, heads);
                Tensor logSumExp = trial.realOutput("logSumExp", images, heads, tokens);
                trial.backend()
                        .attention()
                        .forward(trial.output("out", images * tokens, heads * size[3]), logSumExp, qkv);
                Tensor p = trial.realOutput("p", images, heads, tokens, tokens);
                trial.backend().attention().probabilities(p, qkv, logSumExp);
            });
            double[] p = result.values("p");
            double[] expected = new double[images * (tokens - 1)];
            for (int i = 0; i < expected.length; i++) {
                for (int h = 0; h < heads; h++) {
                    int image = i / (tokens - 1);
                    expected[i] += p[(image * heads + h) * tokens * tokens + 1 + i % (tokens - 1)] / heads;
                }
            }
            Tolerance.of(subject.backend().real(), size[3] + heads, 1)
                    .check(Arrays.toString(size), expected, result.values("scores"));
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendChoosesTheSame(Subject subject) {
        for (int[] size : SIZES) {
            int patches = size[1];
            int images = 2 * size[0] + 3;
            for (boolean highest : new boolean[] {true, false}) {
                for (int count : new int[] {0, patches / 3, patches}) {
                    int pool = patches / 5;
                    Rule plain = new Rule(highest, count, 0, 0, 0.6, 3, 4);
                    Rule hint = new Rule(highest, count, pool, pool / 2, 1, -3, 4);
                    Agreement.check(subject, select(tied(images * patches), images, plain));
                    Agreement.check(subject, select(tied(images * patches), images, hint));
                    Agreement.check(subject, select(Trial.normal("any", images * patches), images, hint));
                }
            }
        }
    }

    /** Ranks beyond the hidden ones are drawn too, and reveal nothing: images then hide different numbers. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendRevealsTheSameOfAPoolBeyondTheHidden(Subject subject) {
        for (Rule rule : List.of(
                new Rule(true, 5, 20, 9, 0.7, 3, 4),
                new Rule(true, 5, 33, 33, 1, 3, 4),
                new Rule(false, 20, 33, 17, 0.7, 3, 4),
                new Rule(true, 0, 4, 4, 1, 3, 4))) {
            Agreement.check(subject, select(tied(7 * 33), 7, rule));
        }
    }

    /** MST: some of the least attended, each by its own draw; with a coin for the images, and none, all, or none of them. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendDrawsTheSameOfTheChosen(Subject subject) {
        for (Rule rule : List.of(
                new Rule(false, 9, 0.5, 0, 0, 1, 3, 4),
                new Rule(false, 33, 0.3, 0, 0, 0.7, -3, 4),
                new Rule(true, 10, 0.9, 0, 0, 0.7, 3, -4),
                new Rule(false, 9, 0, 0, 0, 1, 3, 4),
                new Rule(false, 0, 0.5, 0, 0, 1, 3, 4))) {
            Agreement.check(subject, select(tied(7 * 33), 7, rule));
        }
        Agreement.check(subject, select(tied(3 * 1025), 3, new Rule(false, 700, 0.6, 0, 0, 1, 3, 4)));
        Agreement.check(subject, select(tied(300 * 3), 300, new Rule(false, 2, 0.5, 0, 0, 0.5, -1, Integer.MIN_VALUE)));
    }

    /** More tokens than a block of a GPU has threads, and more images; pools and reveals of hundreds. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void everyBackendChoosesTheSameAmongMany(Subject subject) {
        Agreement.check(subject, select(tied(3 * 1025), 3, new Rule(true, 300, 102, 51, 1, 3, 4)));
        Agreement.check(subject, select(Trial.normal("any", 3 * 1025), 3, new Rule(true, 700, 699, 650, 1, 3, 4)));
        Agreement.check(subject, select(tied(3 * 1025), 3, new Rule(false, 1025, 600, 300, 1, 3, 4)));
        Agreement.check(subject, select(tied(300 * 3), 300, new Rule(true, 2, 1, 1, 0.5, -1, Integer.MIN_VALUE)));
    }

    /** Not only probabilities: any float, in the order of Float.compare, to which every NaN is the same. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void floatsHaveTheirTotalOrder(Subject subject) {
        double negativeNaN = Double.longBitsToDouble(0xfff8L << 48);
        double[] scores = {
            0.0,
            -0.0,
            -1,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Double.POSITIVE_INFINITY,
            1,
            Double.NEGATIVE_INFINITY,
            Double.NaN,
            -0.0,
            0.0,
            Float.MAX_VALUE,
            negativeNaN,
            Double.NaN,
            -Float.MAX_VALUE
        };
        for (int count = 0; count <= scores.length; count++) {
            Agreement.check(subject, select(scores, 1, new Rule(true, count, 0, 0, 1, 1, 1)));
            Agreement.check(subject, select(scores, 1, new Rule(false, count, 0, 0, 1, 1, 1)));
            Agreement.check(subject, select(scores, 1, new Rule(true, count, count, count / 2, 1, 1, 1)));
        }
    }

    /** {@code choose} gives the bits of {@code scores} and {@code select}. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void choosingAtOnceIsScoringAndSelecting(Subject subject) {
        for (int[] size : SIZES) {
            int images = 2 * size[0] + 3;
            int patches = size[1];
            int pool = patches / 5;
            for (Rule rule : List.of(
                    new Rule(true, patches / 3, 0, 0, 0.6, 3, 4),
                    new Rule(false, patches / 3, 0, 0, 0.6, 3, 4),
                    new Rule(false, patches / 3, 0.4, 0, 0, 0.6, 3, 4),
                    new Rule(true, patches / 3, pool, pool / 2, 0.6, 3, 4),
                    new Rule(false, patches / 3, pool, pool / 2, 0.6, 3, 4))) {
                Trial.Result result = Trial.run(subject.backend(), trial -> {
                    AttentionMask op = trial.backend().attentionMask();
                    Tensor qkv = trial.input("qkv", images * (1 + patches), 3 * size[2] * size[3]);
                    Tensor scores = trial.realOutput("scores", images, patches);
                    Tensor mask = trial.output("mask", DType.U8, images, patches);
                    Tensor rows = trial.output("rows", DType.I32, images * patches);
                    op.choose(mask, rows, scores, qkv, size[2], rule);
                    Tensor scoresApart = trial.realOutput("scores apart", images, patches);
                    Tensor maskApart = trial.output("mask apart", DType.U8, images, patches);
                    Tensor rowsApart = trial.output("rows apart", DType.I32, images * patches);
                    op.scores(scoresApart, qkv, size[2]);
                    op.select(maskApart, rowsApart, scoresApart, rule);
                });
                for (String output : List.of("scores", "mask", "rows")) {
                    assertArrayEquals(result.values(output + " apart"), result.values(output), rule + ": " + output);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void tiesGoToTheLowerIndex(Subject subject) {
        double[] scores = {0.1, 0.5, 0.5, 0.2, 0.5, 0.1, /**/ 1, 1, 1, 1, 1, 1};
        Trial.Result high = Trial.run(subject.backend(), select(scores, 2, new Rule(true, 2, 0, 0, 1, 1, 1)));
        assertArrayEquals(new double[] {0, 1, 1, 0, 0, 0, /**/ 1, 1, 0, 0, 0, 0}, high.values("mask"));
        // Rows of tokens packed with [CLS] first; what is behind the last one is left alone.
        double left = -9;
        assertArrayEquals(
                new double[] {2, 3, 8, 9, left, left, left, left, left, left, left, left}, high.values("rows"));
        Trial.Result low = Trial.run(subject.backend(), select(scores, 2, new Rule(false, 3, 0, 0, 1, 1, 1)));
        assertArrayEquals(new double[] {1, 0, 0, 1, 0, 1, /**/ 1, 1, 1, 0, 0, 0}, low.values("mask"));
    }

    /** Counts; no hidden token is less (or, for low, more) attended than a shown one; rows list the mask. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void hidesTheExtremeOnesOfTheChosenImages(Subject subject) {
        int images = 40;
        int patches = 33;
        double[] scores = tied(images * patches);
        for (boolean highest : new boolean[] {true, false}) {
            Rule rule = new Rule(highest, 11, 0, 0, 0.5, 9, 2);
            Trial.Result result = Trial.run(subject.backend(), select(scores, images, rule));
            double[] mask = result.values("mask");
            for (int b = 0; b < images; b++) {
                int first = b * patches;
                int[] hidden = tokens(mask, first, patches, 1);
                assertEquals(rule.masks(b) ? 11 : 0, hidden.length, "image " + b);
                double sign = highest ? 1 : -1;
                double least = Arrays.stream(hidden)
                        .mapToDouble(i -> sign * scores[i])
                        .min()
                        .orElse(Double.POSITIVE_INFINITY);
                for (int shown : tokens(mask, first, patches, 0)) {
                    assertTrue(sign * scores[shown] <= least, "image " + b + " token " + shown);
                }
            }
            int[] masked = tokens(mask, 0, mask.length, 1);
            double[] rows = Arrays.stream(masked)
                    .mapToDouble(i -> i / patches * (patches + 1) + 1 + i % patches)
                    .toArray();
            assertArrayEquals(rows, Arrays.copyOf(result.values("rows"), rows.length));
        }
    }

    private static int[] tokens(double[] mask, int first, int count, double value) {
        return IntStream.range(first, first + count)
                .filter(i -> mask[i] == value)
                .toArray();
    }

    /** Of the least attended tokens those of {@link Rule#hidden}, in ascending order; rows list them. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void drawnTokensAreAmongTheChosen(Subject subject) {
        int images = 20;
        int patches = 64;
        double[] scores = Trial.normal("scores", images * patches);
        double[] low = mask(subject, scores, images, new Rule(false, 21, 0, 0, 1, 5, 6));
        Rule rule = new Rule(false, 21, 0.4, 0, 0, 1, 5, 6);
        double[] drawn = mask(subject, scores, images, rule);
        for (int b = 0; b < images; b++) {
            int[] chosen = tokens(low, b * patches, patches, 1);
            boolean[] hidden = rule.hidden(b);
            int[] expected = IntStream.range(0, chosen.length)
                    .filter(i -> hidden[i])
                    .map(i -> chosen[i])
                    .toArray();
            assertArrayEquals(expected, tokens(drawn, b * patches, patches, 1), "image " + b);
        }
    }

    /** Hint is high with {@code reveal} of the {@code pool} most attended tokens shown again. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#all")
    void hintRevealsSomeOfTheMostAttended(Subject subject) {
        int images = 20;
        int patches = 64;
        double[] scores = Trial.normal("scores", images * patches);
        double[] high = mask(subject, scores, images, new Rule(true, 20, 0, 0, 1, 5, 6));
        double[] pool = mask(subject, scores, images, new Rule(true, 6, 0, 0, 1, 5, 6));
        double[] hint = mask(subject, scores, images, new Rule(true, 20, 6, 2, 1, 5, 6));
        for (int b = 0; b < images; b++) {
            assertEquals(18, tokens(hint, b * patches, patches, 1).length, "image " + b);
        }
        for (int i = 0; i < hint.length; i++) {
            assertTrue(hint[i] <= high[i], "hint hides what high shows: " + i);
            assertTrue(hint[i] == high[i] || pool[i] == 1, "revealed beyond the pool: " + i);
        }
    }

    private static double[] mask(Subject subject, double[] scores, int images, Rule rule) {
        return Trial.run(subject.backend(), select(scores, images, rule)).values("mask");
    }

    @Test
    void theCoinFallsWithItsProbability() {
        int images = 100;
        int steps = 100;
        for (double probability : new double[] {0.5, 0.1}) {
            int masked = 0;
            for (int step = 0; step < steps; step++) {
                double[] mask = mask(
                        new Subject(Backends.REFERENCE, Backends.REFERENCE),
                        new double[images * 2],
                        images,
                        new Rule(true, 1, 0, 0, probability, 11, step));
                masked += tokens(mask, 0, mask.length, 1).length;
            }
            double p = new BinomialTest()
                    .binomialTest(images * steps, masked, probability, AlternativeHypothesis.TWO_SIDED);
            assertTrue(p > SIGNIFICANCE, masked + " of " + images * steps + ", p " + p);
        }
        for (int b = 0; b < 1000; b++) {
            assertTrue(new Rule(true, 1, 0, 0, 1, 11, 0).masks(b));
            assertTrue(!new Rule(true, 1, 0, 0, 0, 11, 0).masks(b));
        }
    }

    /** Each by itself: any pair of chosen tokens is hidden with the square of the chance, whatever the image. */
    @Test
    void theChosenAreDrawnIndependently() {
        int images = 4000;
        double chance = 0.3;
        int[] pairs = new int[3];
        for (int b = 0; b < images; b++) {
            boolean[] hidden = new Rule(false, 3, chance, 0, 0, 1, 17, 2).hidden(b);
            pairs[0] += hidden[0] && hidden[1] ? 1 : 0;
            pairs[1] += hidden[1] && hidden[2] ? 1 : 0;
            pairs[2] += hidden[0] ? 1 : 0;
        }
        double[] expected = {chance * chance, chance * chance, chance};
        for (int i = 0; i < pairs.length; i++) {
            double p = new BinomialTest().binomialTest(images, pairs[i], expected[i], AlternativeHypothesis.TWO_SIDED);
            assertTrue(p > SIGNIFICANCE, pairs[i] + " of " + images + ", p " + p);
        }
    }

    /** Every pair of five ranks is as likely as any other. */
    @Test
    void theRevealedRanksAreDrawnUniformlyWithoutReplacement() {
        long[] seen = new long[10];
        List<Integer> pairs =
                IntStream.range(0, 25).filter(i -> i / 5 < i % 5).boxed().toList();
        for (int b = 0; b < 5000; b++) {
            int[] ranks = new Rule(true, 5, 5, 2, 1, 13, 1).revealedRanks(b);
            Arrays.sort(ranks);
            assertTrue(ranks.length == 2 && ranks[0] >= 0 && ranks[0] < ranks[1] && ranks[1] < 5);
            seen[pairs.indexOf(ranks[0] * 5 + ranks[1])]++;
        }
        double[] expected = new double[10];
        Arrays.fill(expected, 500);
        double p = new ChiSquareTest().chiSquareTest(expected, seen);
        assertTrue(p > SIGNIFICANCE, Arrays.toString(seen) + ", p " + p);
    }

    @Test
    void wrongCalls() {
        assertThrows(IllegalArgumentException.class, () -> new Rule(true, -1, 0, 0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rule(true, 1, 1, 2, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rule(true, 1, 1.1, 0, 0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rule(true, 1, Double.NaN, 0, 0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rule(true, 1, 0.5, 1, 1, 1, 1, 1));
        Trial.run(Backends.REFERENCE, trial -> {
            AttentionMask op = trial.backend().attentionMask();
            Tensor scores = trial.real("scores", 2, 4);
            Tensor qkv = trial.input("qkv", 10, 12);
            Tensor wrong = trial.input("wrong", 9, 12);
            Contract.rejects(() -> op.scores(scores, wrong, 2), "attention_mask.scores", "qkv", "(9, 12)", "(10, 12)");
            Contract.rejects(() -> op.scores(scores, qkv, 5), "attention_mask.scores", "width 12", "5 heads");
            Tensor mask = trial.output("mask", DType.U8, 2, 4);
            Tensor rows = trial.output("rows", DType.I32, 8);
            Tensor flat = trial.output("flat", DType.U8, 8);
            Rule rule = new Rule(true, 4, 4, 4, 1, 1, 1);
            String select = "attention_mask.select";
            Contract.rejects(() -> op.select(flat, rows, scores, rule), select, "mask", "(8)", "(2, 4)");
            Contract.rejects(() -> op.select(scores, rows, scores, rule), select, "mask", "F64", "U8");
            Contract.rejects(() -> op.select(mask, scores, scores, rule), select, "rows", "F64", "I32");
            Rule many = new Rule(true, 5, 0, 0, 1, 1, 1);
            Contract.rejects(() -> op.select(mask, rows, scores, many), select, "count=5", "4 tokens", "(2, 4)");
            Tensor few = trial.output("few", DType.I32, 7);
            Contract.rejects(() -> op.select(mask, few, scores, rule), select, "rows (7)", "4 masked", "(2, 4)");
            Rule deep = new Rule(true, 1, 5, 0, 1, 1, 1);
            Contract.rejects(() -> op.select(mask, rows, scores, deep), select, "pool=5", "4 tokens");
            String choose = "attention_mask.choose";
            Contract.rejects(() -> op.choose(mask, rows, scores, wrong, 2, rule), choose, "qkv", "(9, 12)");
            Contract.rejects(() -> op.choose(mask, rows, scores, qkv, 2, deep), choose, "pool=5", "4 tokens");
        });
    }
}
