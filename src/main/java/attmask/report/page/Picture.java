package attmask.report.page;

/** One picture, as wide as the page at most. */
public record Picture(String caption, InlineImage image) implements Block {
    private static final Template TEMPLATE = Template.named("picture");

    private record Values(String id, String caption, InlineImage image) {}

    @Override
    public String html(String id) {
        return TEMPLATE.fill(new Values(id, caption, image));
    }
}
