package attmask.report;

import attmask.config.MaskStrategy;
import attmask.config.UserException;
import attmask.data.RgbImage;
import attmask.ops.Grid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The qualitative picture: a row for each image; columns for the image, its attention and each strategy's mask.
 *
 * @param title first line, may be empty
 * @param rows one or more, with the same strategies in the same order
 */
public record MaskPicture(String title, List<Row> rows) {
    private static final List<MaskStrategy> STRATEGIES =
            List.of(MaskStrategy.HIGH, MaskStrategy.HINT, MaskStrategy.LOW, MaskStrategy.BLOCK, MaskStrategy.RANDOM);

    private static final int BACKGROUND = 0xFFFFFF;
    private static final int TEXT = 0x1F2328;
    private static final int CAPTION = 0x6A737D;
    private static final int FRAME = 0xD5DAE0;
    private static final int BAR_HEIGHT = 7;

    /**
     * Columns of a run's pictures after image and attention; {@link MaskFilm} cuts them out again.
     *
     * @param trained what the run masks by: MST's masks are shown where they are used
     */
    public static List<MaskStrategy> strategies(MaskStrategy trained) {
        return trained == MaskStrategy.MST
                ? Stream.concat(STRATEGIES.stream(), Stream.of(trained)).toList()
                : STRATEGIES;
    }

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

    /** The canvas of one drawing. */
    private final class Drawing {
        private final BitmapFont font;
        private final List<RgbImage> tiles = new ArrayList<>();
        private final MaskLayout layout;
        private final Canvas canvas;

        Drawing(BitmapFont font) {
            this.font = font;
            rows.forEach(row -> tiles.add(Tile.of(row.image())));
            int widest = tiles.stream().mapToInt(RgbImage::width).max().orElseThrow();
            this.layout = new MaskLayout(widest, font.height(), !title.isEmpty());
            int columns = 2 + rows.get(0).masks().size();
            this.canvas = new Canvas(layout.width(columns), layout.height(tiles), BACKGROUND);
        }

        RgbImage draw() {
            if (!title.isEmpty()) {
                String fitting = font.fit(title, canvas.image().width() - 2 * MaskLayout.MARGIN);
                font.draw(canvas, fitting, MaskLayout.MARGIN, MaskLayout.MARGIN, TEXT);
            }
            drawHeader(layout.header());
            int top = layout.body();
            for (int i = 0; i < rows.size(); i++) {
                drawRow(rows.get(i), tiles.get(i), top);
                top += layout.rowHeight(tiles.get(i).height());
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
            int below = top + tile.height() + MaskLayout.LINE_GAP;
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

        private void framed(RgbImage tile, int index, int top) {
            int left = layout.tileLeft(index, tile.width());
            canvas.fill(left - 1, top - 1, tile.width() + 2, tile.height() + 2, FRAME);
            canvas.draw(tile, left, top);
        }

        private void centred(String text, int index, int top, int colour) {
            String fitting = font.fit(text, layout.column());
            font.draw(canvas, fitting, layout.tileLeft(index, font.width(fitting)), top, colour);
        }

        /** The range of the attention: least, colours, largest. */
        private void drawScale(double[] attention, int top) {
            String low = number(Arrays.stream(attention).min().orElseThrow());
            String high = number(Arrays.stream(attention).max().orElseThrow());
            int left = layout.left(1);
            font.draw(canvas, low, left, top, CAPTION);
            font.draw(canvas, high, left + layout.column() - font.width(high), top, CAPTION);
            int start = font.width(low) + MaskLayout.LINE_GAP;
            int length = layout.column() - start - font.width(high) - MaskLayout.LINE_GAP;
            for (int x = 0; x < length; x++) {
                int colour = Colormap.inferno((x + 0.5) / length);
                canvas.fill(left + start + x, top + (font.height() - BAR_HEIGHT) / 2, 1, BAR_HEIGHT, colour);
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
