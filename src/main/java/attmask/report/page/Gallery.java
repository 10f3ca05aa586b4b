package attmask.report.page;

import java.util.List;

/**
 * Rows of small pictures: a query, and what was found for it.
 *
 * @param caption what they show, plain text
 */
public record Gallery(String caption, List<Row> rows) implements Block {
    private static final Template TEMPLATE = Template.named("gallery");

    public Gallery {
        rows = List.copyOf(rows);
    }

    /** A query and its answers, the best first. */
    public record Row(Item query, List<Item> found) {
        public Row {
            found = List.copyOf(found);
        }
    }

    /**
     * A picture.
     *
     * @param label under it
     * @param mark what the frame tells, in words: "same" or "other" class; empty for none
     */
    public record Item(InlineImage image, String label, String mark) {}

    private record Values(String id, String caption, List<Row> rows) {}

    @Override
    public String html(String id) {
        return TEMPLATE.fill(new Values(id, caption, rows));
    }
}
