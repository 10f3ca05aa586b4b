package attmask.report.page;

import java.util.List;

/**
 * Pictures of equal size in a row that scrolls sideways.
 *
 * @param caption what they show, plain text
 */
public record Film(String caption, List<Frame> frames) implements Block {
    private static final Template TEMPLATE = Template.named("film");

    public Film {
        frames = List.copyOf(frames);
    }

    /** A picture and the words under it. */
    public record Frame(String label, InlineImage image) {}

    private record Values(String id, String caption, List<Frame> frames) {}

    @Override
    public String html(String id) {
        return TEMPLATE.fill(new Values(id, caption, frames));
    }
}
