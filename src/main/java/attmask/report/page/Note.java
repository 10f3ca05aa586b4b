package attmask.report.page;

/**
 * A sentence set off from the rest.
 *
 * @param warning true for what needs the reader's attention: read out at once by screen readers
 * @param text plain text
 */
public record Note(boolean warning, String text) implements Block {
    private static final Template TEMPLATE = Template.named("note");

    /** A remark. */
    public static Note of(String text) {
        return new Note(false, text);
    }

    public static Note warning(String text) {
        return new Note(true, text);
    }

    private record Values(String id, boolean warning, String text) {}

    @Override
    public String html(String id) {
        return TEMPLATE.fill(new Values(id, warning, text));
    }
}
