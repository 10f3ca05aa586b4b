package attmask.comparison;

import attmask.report.page.Block;
import attmask.report.page.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A table, in Markdown with aligned columns, so that it reads as well on a console.
 *
 * @param title heading
 * @param note sentences below the table; empty for none
 * @param header one name for each column
 * @param rows as wide as the header
 */
record Table(String title, String note, List<String> header, List<List<String>> rows) {
    /** The same for a page. */
    Block block() {
        return new attmask.report.page.Table(
                title,
                header,
                rows.stream()
                        .map(row -> IntStream.range(0, row.size())
                                .mapToObj(i -> i == 0 ? Cell.text(row.get(i)) : Cell.number(row.get(i)))
                                .toList())
                        .toList());
    }

    @Override
    public String toString() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(header);
        lines.addAll(rows);
        int[] widths = new int[header.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], Math.max(2, line.get(i).length()));
            }
        }
        StringBuilder text = new StringBuilder("## ").append(title).append("\n\n");
        append(text, header, widths);
        for (int i = 0; i < widths.length; i++) {
            text.append(i == 0 ? "|:" : "|").append("-".repeat(widths[i] + 1)).append(i == 0 ? "" : ":");
        }
        text.append("|\n");
        rows.forEach(row -> append(text, row, widths));
        return note.isEmpty()
                ? text.toString()
                : text.append('\n').append(note).append('\n').toString();
    }

    /** The first column to the left, numbers to the right. */
    private static void append(StringBuilder text, List<String> line, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            String cell = line.get(i);
            String space = " ".repeat(widths[i] - cell.length());
            text.append("| ").append(i == 0 ? cell + space : space + cell).append(' ');
        }
        text.append("|\n");
    }
}
