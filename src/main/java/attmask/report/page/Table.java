package attmask.report.page;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A table; wide ones scroll sideways on their own.
 *
 * @param caption above it, may be empty
 * @param headers one for each column
 * @param rows the first cell of each is its heading
 */
public record Table(String caption, List<String> headers, List<List<Cell>> rows) implements Block {
    private static final Template TEMPLATE = Template.named("table");

    public Table {
        headers = List.copyOf(headers);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<Cell> row : rows) {
            if (row.size() != headers.size()) {
                throw new IllegalArgumentException(
                        "table " + caption + ": " + row.size() + " cells under " + headers.size() + " headers");
            }
        }
    }

    /**
     * One cell.
     *
     * @param number aligned to the right
     * @param best set off as the best of its column
     * @param colour class of the swatch of a curve shown before the text, or null
     */
    public record Cell(String text, boolean number, boolean best, String colour) {
        public static Cell text(String text) {
            return new Cell(text, false, false, null);
        }

        public static Cell number(String text) {
            return new Cell(text, true, false, null);
        }

        /** A name with the colour of its curves. */
        public static Cell name(String text, int colour) {
            return new Cell(text, false, false, Chart.swatch(colour));
        }

        /** The same, set off as the best of its column. */
        public Cell asBest() {
            return new Cell(text, number, true, colour);
        }
    }

    private record Row(Cell head, List<Cell> cells) {}

    private record Values(String id, String caption, List<Cell> headers, List<Row> rows) {}

    @Override
    public String html(String id) {
        List<Row> filled = rows.stream()
                .map(row -> new Row(row.get(0), row.subList(1, row.size())))
                .toList();
        return TEMPLATE.fill(new Values(id, caption, headerCells(), filled));
    }

    /** A header stands over numbers if all its column is numbers. */
    private List<Cell> headerCells() {
        return IntStream.range(0, headers.size())
                .mapToObj(column -> new Cell(
                        headers.get(column),
                        !rows.isEmpty()
                                && rows.stream().allMatch(row -> row.get(column).number()),
                        false,
                        null))
                .toList();
    }
}
