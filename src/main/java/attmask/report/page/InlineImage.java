package attmask.report.page;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture inside the page.
 *
 * @param src a data: address
 * @param width in CSS pixels
 * @param height in CSS pixels
 * @param alt what a reader who does not see it should know
 */
public record InlineImage(String src, int width, int height, String alt) {
    /** Of the JPEG; pictures are drawn at their pixels' size or twice as fine, where this loses nothing visible. */
    private static final float QUALITY = 0.85f;

    /**
     * As JPEG, which is a quarter of a PNG's size for photographs and attention maps.
     *
     * @param density the picture's pixels for each CSS pixel
     */
    public static InlineImage jpeg(BufferedImage image, double density, String alt) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(scaled(image, 1), null, null), parameters);
        } catch (IOException e) {
            throw new IllegalStateException("a JPEG cannot be made in memory", e);
        } finally {
            writer.dispose();
        }
        String data = Base64.getEncoder().encodeToString(bytes.toByteArray());
        return new InlineImage(
                "data:image/jpeg;base64," + data,
                (int) Math.round(image.getWidth() / density),
                (int) Math.round(image.getHeight() / density),
                alt);
    }

    /** A copy without transparency, each side times {@code scale}; halved again and again when it gets much smaller. */
    public static BufferedImage scaled(BufferedImage image, double scale) {
        if (scale < 0.5) {
            return scaled(scaled(image, 0.5), scale * 2);
        }
        int width = (int) Math.max(1, Math.round(image.getWidth() * scale));
        int height = (int) Math.max(1, Math.round(image.getHeight() * scale));
        BufferedImage target = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = target.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, Color.WHITE, null);
        graphics.dispose();
        return target;
    }
}
