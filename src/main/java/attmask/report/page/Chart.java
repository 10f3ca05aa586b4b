package attmask.report.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Curves over a common x. All charts of a page zoom together, and a name is switched on and off in all of them.
 *
 * @param xLabel what x counts, such as "epoch"
 * @param note a sentence under the chart, may be empty
 * @param views one or more; the reader chooses between them
 */
public record Chart(String title, String xLabel, String note, List<View> views) implements Block {
    /** Colours in page.css; later curves repeat them with another dash. */
    static final int COLOURS = 10;

    private static final int DASHES = 3;
    /** Finer than a screen shows; keeps the page small. */
    private static final MathContext DIGITS = new MathContext(5);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Template TEMPLATE = Template.named("chart");

    public Chart {
        views = List.copyOf(views);
        if (views.isEmpty()) {
            throw new IllegalArgumentException("chart " + title + " without a view");
        }
    }

    /**
     * One quantity.
     *
     * @param label what is chosen, such as "10-NN"
     * @param unit after each value, such as "%"; may be empty
     */
    public record View(String label, String unit, List<Line> lines) {
        public View {
            lines = List.copyOf(lines);
        }

        private String caption() {
            return unit.isEmpty() ? label : label + ", " + unit;
        }
    }

    /**
     * One curve.
     *
     * @param name of the legend entry that it belongs to; several curves may share one
     * @param colour 0 and up, the same for the same name on the whole page
     * @param fine drawn thin behind the others and not read out: single steps under an epoch's mean
     * @param x ascending
     * @param y as many; NaN leaves a gap
     */
    public record Line(String name, int colour, boolean fine, double[] x, double[] y) {
        public Line {
            if (x.length != y.length) {
                throw new IllegalArgumentException("curve " + name + ": " + x.length + " x, " + y.length + " y");
            }
        }

        private double last() {
            return Arrays.stream(y).filter(Double::isFinite).reduce(Double.NaN, (a, b) -> b);
        }
    }

    /** Classes of page.css for a curve's colour and dash. */
    static String swatch(int colour) {
        return "c" + colour % COLOURS + " d" + colour / COLOURS % DASHES;
    }

    private record Choice(int index, String label) {}

    private record Values(
            String id, String title, String note, boolean several, List<Choice> choices, String alt, String json) {}

    @Override
    public String html(String id) {
        List<Choice> choices = new ArrayList<>();
        views.forEach(view -> choices.add(new Choice(choices.size(), view.caption())));
        return TEMPLATE.fill(new Values(id, title, note, choices.size() > 1, choices, alternative(), json()));
    }

    /** For those who do not see the chart: where each curve of the first view ends. */
    private String alternative() {
        View view = views.get(0);
        StringBuilder text = new StringBuilder(title + ", " + view.label() + ", over " + xLabel + ".");
        view.lines().stream()
                .filter(line -> !line.fine())
                .forEach(line -> text.append(String.format(
                        Locale.ROOT, " %s ends at %.4g%s.", line.name(), line.last(), space(view.unit()))));
        return text.toString();
    }

    private static String space(String unit) {
        return unit.isEmpty() ? "" : " " + unit;
    }

    /** Equal x are written once: {@code x} holds them, a line names its own by number. */
    private String json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("title", title).put("xLabel", xLabel);
        Map<List<Double>, Integer> known = new LinkedHashMap<>();
        ArrayNode axes = root.putArray("x");
        ArrayNode all = root.putArray("views");
        for (View view : views) {
            ObjectNode node = all.addObject().put("label", view.label()).put("unit", view.unit());
            ArrayNode lines = node.putArray("lines");
            for (Line line : view.lines()) {
                int axis = known.computeIfAbsent(Arrays.stream(line.x()).boxed().toList(), x -> {
                    numbers(axes.addArray(), line.x());
                    return axes.size() - 1;
                });
                ObjectNode one = lines.addObject().put("name", line.name()).put("colour", line.colour());
                one.put("fine", line.fine()).put("x", axis);
                numbers(one.putArray("y"), line.y());
            }
        }
        // Inside a script element only "<" could end it.
        return root.toString().replace("<", "\\u003c");
    }

    private static void numbers(ArrayNode target, double[] values) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                target.addNull();
            } else if (value == Math.rint(value) && Math.abs(value) < 1e6) {
                target.add((int) value);
            } else {
                target.add(new BigDecimal(value, DIGITS).doubleValue());
            }
        }
    }
}
