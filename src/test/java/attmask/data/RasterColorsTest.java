package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class RasterColorsTest {
    /** A part of an image shares its bytes, so rows are longer and begin elsewhere. */
    @Test
    void aPartOfAnImageIsReadWhereItLies() {
        BufferedImage whole = new BufferedImage(11, 7, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < 7; y++) {
            for (int x = 0; x < 11; x++) {
                whole.setRGB(x, y, (x * 20) << 16 | (y * 30) << 8 | x + y);
            }
        }
        RgbImage part = RasterColors.toRgb(whole.getSubimage(3, 2, 5, 4));
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 5; x++) {
                assertEquals((x + 3) * 20, part.get(x, y, 0));
                assertEquals((y + 2) * 30, part.get(x, y, 1));
                assertEquals(x + 3 + y + 2, part.get(x, y, 2));
            }
        }
    }
}
