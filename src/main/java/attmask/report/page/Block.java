package attmask.report.page;

/** A part of a section: its own HTML, complete and escaped. */
public interface Block {
    /** The HTML; its outermost element carries {@code id}. */
    String html(String id);
}
