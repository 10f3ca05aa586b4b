package attmask.report;

import attmask.data.RgbImage;
import java.util.List;

/**
 * Where things lie in a {@link MaskPicture}, in pixels: tiles in columns of equal width, a line of text under each, a
 * line of headers over each column.
 *
 * @param column width of a column
 * @param font height of a line of text
 * @param titled whether there is a line of title on top
 */
record MaskLayout(int column, int font, boolean titled) {
    static final int MARGIN = 24;
    static final int LINE_GAP = 6;
    private static final int GAP = 14;
    /** Columns are at least this wide, so that captions are readable under a tall, narrow image. */
    private static final int NARROWEST = 112;

    MaskLayout {
        column = Math.max(NARROWEST, column);
    }

    private int line() {
        return font + LINE_GAP;
    }

    /** Top of the headers. */
    int header() {
        return MARGIN + (titled ? line() + GAP : 0);
    }

    /** Top of the first row of tiles. */
    int body() {
        return header() + line();
    }

    /** From the top of a row to the top of the next. */
    int rowHeight(int tileHeight) {
        return tileHeight + line() + GAP;
    }

    int left(int index) {
        return MARGIN + index * (column + GAP);
    }

    /** Left side of something centred in a column. */
    int tileLeft(int index, int width) {
        return left(index) + (column - width) / 2;
    }

    int width(int columns) {
        return 2 * MARGIN + columns * (column + GAP) - GAP;
    }

    int height(List<RgbImage> tiles) {
        return body()
                - GAP
                + MARGIN
                + tiles.stream().mapToInt(tile -> rowHeight(tile.height())).sum();
    }

    /** Rows of a picture of this height whose tiles are all equally high, 0 if it is none. */
    int rows(int height, int tileHeight) {
        int rest = height - (body() - GAP + MARGIN);
        return rest > 0 && rest % rowHeight(tileHeight) == 0 ? rest / rowHeight(tileHeight) : 0;
    }
}
