package attmask.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.data.RgbImage;
import attmask.ops.Grid;
import attmask.report.MaskPicture.Masked;
import attmask.report.MaskPicture.Row;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskPictureTest {
    private static final Grid GRID = new Grid(2, 4);

    @TempDir
    Path folder;

    private static RgbImage plain(int width, int height, int value) {
        byte[] rgb = new byte[3 * width * height];
        Arrays.fill(rgb, (byte) value);
        return new RgbImage(width, height, rgb);
    }

    private static Row row(String... labels) {
        double[] attention = {0.1, 0.2, 0.05, 0.05, 0.1, 0.1, 0.3, 0.05};
        List<Masked> masks = Arrays.stream(labels)
                .map(label -> new Masked(label, new boolean[8]))
                .toList();
        return new Row("class", plain(32, 16, 200), GRID, attention, masks);
    }

    @Test
    void writesTheSameBytesTwiceAndEachStrategyHasAColumn() throws IOException {
        Path first = folder.resolve("a.png");
        Path second = folder.resolve("b.png");
        new MaskPicture("title", List.of(row("high", "low"), row("high", "low"))).write(first);
        new MaskPicture("title", List.of(row("high", "low"), row("high", "low"))).write(second);
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        BufferedImage two = ImageIO.read(first.toFile());
        RgbImage three = new MaskPicture("title", List.of(row("high", "low", "block"))).draw();
        assertEquals(160 + 14, three.width() - two.getWidth(), "a magnified tile and a gap");
        assertTrue(two.getHeight() > three.height());
        assertEquals(0xFFFFFF, two.getRGB(0, 0) & 0xFFFFFF);
    }

    @Test
    void refusesRowsThatDoNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new MaskPicture("", List.of()));
        assertThrows(IllegalArgumentException.class, () -> new MaskPicture("", List.of(row("high"), row("low"))));
        assertThrows(IllegalArgumentException.class, () -> new Row("", plain(8, 8, 0), GRID, new double[7], List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Row("", plain(8, 8, 0), GRID, new double[8], List.of(new Masked("x", new boolean[9]))));
        UserException e = assertThrows(
                UserException.class, () -> new MaskPicture("", List.of(row("high"))).write(folder.resolve("no/a.png")));
        assertTrue(e.getMessage().startsWith("cannot write "), e.getMessage());
    }

    /** Constant attention, other alphabets, odd sizes and no strategies at all must not break a run. */
    @Test
    void drawsAwkwardRows() {
        Row flat = new Row("été 漢字 and a very long caption", plain(1, 1, 9), new Grid(1, 1), new double[1], List.of());
        RgbImage picture = new MaskPicture("", List.of(flat)).draw();
        assertTrue(picture.height() > 160);
        Row odd = new Row("", plain(999, 31, 9), new Grid(3, 50), new double[150], List.of());
        assertTrue(new MaskPicture("t".repeat(500), List.of(odd)).draw().width() < 800);
        Row broken = new Row("", plain(8, 8, 9), new Grid(1, 2), new double[] {Double.NaN, 1}, List.of());
        assertTrue(new MaskPicture("", List.of(broken)).draw().width() > 0);
    }

    @Test
    void smallImagesAreMagnifiedByAWholeFactor() {
        RgbImage image = plain(32, 16, 0);
        image.rgb()[3 * (5 * 32 + 7)] = (byte) 250;
        RgbImage tile = Tile.of(image);
        assertEquals(160, tile.width());
        assertEquals(80, tile.height());
        for (int y = 0; y < 80; y++) {
            for (int x = 0; x < 160; x++) {
                assertEquals(x / 5 == 7 && y / 5 == 5 ? 250 : 0, tile.get(x, y, 0));
            }
        }
        assertArrayEquals(plain(250, 100, 3).rgb(), Tile.of(plain(250, 100, 3)).rgb());
    }

    @Test
    void largeImagesAreShrunkByAveraging() {
        RgbImage stripes = plain(576, 288, 0);
        for (int i = 0; i < stripes.rgb().length; i += 6) {
            stripes.rgb()[i] = (byte) 100;
        }
        RgbImage tile = Tile.of(stripes);
        assertEquals(288, tile.width());
        assertEquals(144, tile.height());
        assertEquals(50, tile.get(100, 100, 0));
    }

    @Test
    void hiddenPatchesAreCoveredAndTheOthersUntouched() {
        boolean[] mask = {true, false, false, false, false, false, true, false};
        RgbImage tile = Tile.masked(Tile.of(plain(32, 16, 200)), GRID, mask);
        for (int y = 0; y < 80; y++) {
            for (int x = 0; x < 160; x++) {
                boolean hidden = mask[y / 40 * 4 + x / 40];
                assertEquals(hidden, tile.get(x, y, 0) < 100, "at " + x + ", " + y);
            }
        }
    }

    @Test
    void theMostAttendedPatchIsTheBrightest() {
        RgbImage tile = Tile.of(plain(32, 16, 100));
        RgbImage heat = Tile.attention(tile, GRID, new double[] {0, 0, 0, 0, 0, 0, 1, 0});
        int brightest = 0;
        for (int i = 0; i < 160 * 80; i++) {
            if (sum(heat, i) > sum(heat, brightest)) {
                brightest = i;
            }
        }
        assertEquals(6, brightest / 160 / 40 * 4 + brightest % 160 / 40);
        assertTrue(sum(heat, 0) < 200, "the least attended stays dark");
    }

    private static int sum(RgbImage image, int pixel) {
        int x = pixel % image.width();
        int y = pixel / image.width();
        return image.get(x, y, 0) + image.get(x, y, 1) + image.get(x, y, 2);
    }

    @Test
    void theColourmapGrowsLighter() {
        double last = -1;
        for (int i = 0; i <= 100; i++) {
            int colour = Colormap.inferno(i / 100.0);
            double luma = 0.299 * (colour >> 16) + 0.587 * (colour >> 8 & 0xFF) + 0.114 * (colour & 0xFF);
            assertTrue(luma > last, "at " + i);
            last = luma;
        }
        assertEquals(0x000004, Colormap.inferno(-1));
        assertEquals(0xFCFFA4, Colormap.inferno(2));
    }

    @Test
    void everyPrintableCharacterHasItsOwnGlyph() {
        BitmapFont font = BitmapFont.load();
        Set<String> glyphs = new HashSet<>();
        for (char c = ' '; c <= '~'; c++) {
            Canvas canvas = new Canvas(font.width("x"), font.height(), 0xFFFFFF);
            font.draw(canvas, Character.toString(c), 0, 0, 0);
            assertTrue(glyphs.add(Arrays.toString(canvas.image().rgb())), "glyph of " + c);
        }
        assertEquals("ab", font.fit("ab", font.width("ab")));
        assertEquals("a..", font.fit("abcd", font.width("abc")));
        assertFalse(font.fit("abcd", 0).length() > 0);
    }
}
