package attmask.report.page;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the page with a heading and an entry in its table of contents.
 *
 * @param id letters and hyphens, unique on the page
 * @param intro a sentence under the heading, may be empty
 */
public record Section(String id, String title, String intro, List<Block> blocks) {
    public Section {
        blocks = List.copyOf(blocks);
        if (!id.matches("[a-z][a-z-]*")) {
            throw new IllegalArgumentException("section id '" + id + "'");
        }
    }

    /** The blocks' HTML, for the page's template. */
    List<String> content() {
        return html(id, blocks);
    }

    static List<String> html(String id, List<Block> blocks) {
        List<String> html = new ArrayList<>();
        for (Block block : blocks) {
            html.add(block.html(id + "-" + (html.size() + 1)));
        }
        return html;
    }
}
