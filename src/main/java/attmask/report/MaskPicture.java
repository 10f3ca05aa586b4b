package attmask.report;

import attmask.config.UserException;
import attmask.data.RgbImage;
import attmask.ops.Grid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The qualitative picture: a row for each image; columns for the image, its attention and each strategy's mask.
 *
 * @param title first line, may be empty
 * @param rows one or more, with the same strategies in the same order
 */
public record MaskPicture(String title, List<Row> rows) {
    private static final int BACKGROUND = 0xFFFFFF;
    private static final int TEXT = 0x1F2328;
    private static final int CAPTION = 0x6A737D;
    private static final int FRAME = 0xD5DAE0;
    private static final int MARGIN = 24;
    private static final int GAP = 14;
    private static final int LINE_GAP = 6;
    private static final int BAR_HEIGHT = 7;
    /** Columns are at least this wide, so that captions are readable under a tall, narrow image. */
    private static final int NARROWEST = 112;

    /**
     * A mask and the strategy that drew it.
     *
     * @param mask (T) over the grid, row-major, true where hidden
     */
    public record Masked(String label, boolean[] mask) {}

    /**
     * One image.
     *
     * @param caption under the image, may be empty: a class or a file name
     * @param grid patches; they divide the image evenly
     * @param attention (T) over the grid, row-major
     */
    public record Row(String caption, RgbImage image, Grid grid, double[] attention, List<Masked> masks) {
        public Row {
            masks = List.copyOf(masks);
            boolean fits =
                    attention.length == grid.tokens() && masks.stream().allMatch(m -> m.mask().length == grid.tokens());
            if (!fits) {
                throw new IllegalArgumentException("mask picture: attention and masks must have the " + grid.tokens()
                        + " patches of the grid " + grid);
            }
        }

        private List<String> labels() {
            return masks.stream().map(Masked::label).toList();
        }
    }

    public MaskPicture {
        rows = List.copyOf(rows);
        if (rows.isEmpty() || rows.stream().map(Row::labels).distinct().count() > 1) {
            throw new IllegalArgumentException("mask picture: every row needs the same strategies");
        }
    }

    /**
     * Draws the picture and writes it as PNG.
     *
     * @throws UserException if it cannot be written
     */
    public void write(Path path) {
        PngFile.write(draw(), path);
    }

    /** Draws the picture; the same input gives the same pixels everywhere. */
    public RgbImage draw() {
        return new Drawing(BitmapFont.load()).draw();
    }

    /** Sizes in pixels and the canvas of one drawing. */
    private final class Drawing {
        private final BitmapFont font;
        private final List<RgbImage> tiles = new ArrayList<>();
        private final int column;
        private final int body;
        private final Canvas canvas;

        Drawing(BitmapFont font) {
            this.font = font;
            rows.forEach(row -> tiles.add(Tile.of(row.image())));
            this.column = Math.max(
                    NARROWEST, tiles.stream().mapToInt(RgbImage::width).max().orElseThrow());
            this.body = MARGIN + (title.isEmpty() ? 0 : line() + GAP) + line();
            int columns = 2 + rows.get(0).masks().size();
            int height = body - GAP + MARGIN;
            for (RgbImage tile : tiles) {
                height += rowHeight(tile);
            }
            this.canvas = new Canvas(2 * MARGIN + columns * (column + GAP) - GAP, height, BACKGROUND);
        }

        private int line() {
            return font.height() + LINE_GAP;
        }

        private int rowHeight(RgbImage tile) {
            return tile.height() + line() + GAP;
        }

        RgbImage draw() {
            if (!title.isEmpty()) {
                font.draw(canvas, font.fit(title, canvas.image().width() - 2 * MARGIN), MARGIN, MARGIN, TEXT);
            }
            drawHeader(body - line());
            int top = body;
            for (int i = 0; i < rows.size(); i++) {
                drawRow(rows.get(i), tiles.get(i), top);
                top += rowHeight(tiles.get(i));
            }
            return canvas.image();
        }

        private void drawHeader(int top) {
            List<String> labels = new ArrayList<>(List.of("image", "attention"));
            labels.addAll(rows.get(0).labels());
            for (int i = 0; i < labels.size(); i++) {
                centred(labels.get(i), i, top, TEXT);
            }
        }

        private void drawRow(Row row, RgbImage tile, int top) {
            int below = top + tile.height() + LINE_GAP;
            framed(tile, 0, top);
            centred(row.caption(), 0, below, CAPTION);
            framed(Tile.attention(tile, row.grid(), row.attention()), 1, top);
            drawScale(row.attention(), below);
            for (int i = 0; i < row.masks().size(); i++) {
                boolean[] mask = row.masks().get(i).mask();
                framed(Tile.masked(tile, row.grid(), mask), 2 + i, top);
                centred(share(mask), 2 + i, below, CAPTION);
            }
        }

        private int left(int index) {
            return MARGIN + index * (column + GAP);
        }

        private void framed(RgbImage tile, int index, int top) {
            int left = left(index) + (column - tile.width()) / 2;
            canvas.fill(left - 1, top - 1, tile.width() + 2, tile.height() + 2, FRAME);
            canvas.draw(tile, left, top);
        }

        private void centred(String text, int index, int top, int colour) {
            String fitting = font.fit(text, column);
            font.draw(canvas, fitting, left(index) + (column - font.width(fitting)) / 2, top, colour);
        }

        /** The range of the attention: least, colours, largest. */
        private void drawScale(double[] attention, int top) {
            String low = number(Arrays.stream(attention).min().orElseThrow());
            String high = number(Arrays.stream(attention).max().orElseThrow());
            font.draw(canvas, low, left(1), top, CAPTION);
            font.draw(canvas, high, left(1) + column - font.width(high), top, CAPTION);
            int start = font.width(low) + LINE_GAP;
            int length = column - start - font.width(high) - LINE_GAP;
            for (int x = 0; x < length; x++) {
                int colour = Colormap.inferno((x + 0.5) / length);
                canvas.fill(left(1) + start + x, top + (font.height() - BAR_HEIGHT) / 2, 1, BAR_HEIGHT, colour);
            }
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value != 0 && Math.abs(value) < 0.001 ? "%.0e" : "%.3f", value);
    }

    private static String share(boolean[] mask) {
        int hidden = 0;
        for (boolean patch : mask) {
            hidden += patch ? 1 : 0;
        }
        return hidden + "/" + mask.length + "  " + Math.round(100.0 * hidden / mask.length) + "%";
    }
}
