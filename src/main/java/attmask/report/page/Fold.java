package attmask.report.page;

import java.util.List;

/**
 * Blocks under a heading that opens and closes them.
 *
 * @param open at first; when printed, every fold is open
 */
public record Fold(String summary, boolean open, List<Block> blocks) implements Block {
    private static final Template TEMPLATE = Template.named("fold");

    public Fold {
        blocks = List.copyOf(blocks);
    }

    private record Values(String id, String summary, boolean open, List<String> blocks) {}

    @Override
    public String html(String id) {
        return TEMPLATE.fill(new Values(id, summary, open, Section.html(id, blocks)));
    }
}
