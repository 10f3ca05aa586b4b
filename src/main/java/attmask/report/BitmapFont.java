package attmask.report;

import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A fixed-width font of our own, since a headless Java without system fonts cannot draw text: a grey-scale atlas of the
 * printable ASCII characters, 16 to a row. Other characters appear as '?'.
 */
final class BitmapFont {
    private static final int COLUMNS = 16;
    private static final int ROWS = 6;
    private static final char FIRST = ' ';
    private static final char LAST = '~';

    private final Raster atlas;
    private final int width;
    private final int height;

    private BitmapFont(Raster atlas) {
        this.atlas = atlas;
        this.width = atlas.getWidth() / COLUMNS;
        this.height = atlas.getHeight() / ROWS;
    }

    /** The font that is part of the program. */
    static BitmapFont load() {
        try (InputStream in = BitmapFont.class.getResourceAsStream("/attmask/report/font.png")) {
            return new BitmapFont(
                    ImageIO.read(new MemoryCacheImageInputStream(in)).getRaster());
        } catch (IOException e) {
            throw new UncheckedIOException("the program's own font cannot be read", e);
        }
    }

    /** Height of a line in pixels. */
    int height() {
        return height;
    }

    /** Width of a text in pixels. */
    int width(String text) {
        return width * text.length();
    }

    /** The text, cut with ".." if it is wider than {@code pixels}. */
    String fit(String text, int pixels) {
        int most = Math.max(pixels / width, 0);
        if (text.length() <= most) {
            return text;
        }
        return most < 3 ? text.substring(0, most) : text.substring(0, most - 2) + "..";
    }

    /** Draws a text with its upper left corner at (left, top). */
    void draw(Canvas canvas, String text, int left, int top, int colour) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int glyph = (c >= FIRST && c <= LAST ? c : '?') - FIRST;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int coverage = atlas.getSample(glyph % COLUMNS * width + x, glyph / COLUMNS * height + y, 0);
                    canvas.blend(left + i * width + x, top + y, colour, coverage / 255.0);
                }
            }
        }
    }
}
