package attmask.report;

import attmask.config.MaskStrategy;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.data.ImageDecoder;
import attmask.data.RgbImage;
import attmask.report.page.Block;
import attmask.report.page.Film;
import attmask.report.page.Film.Frame;
import attmask.report.page.InlineImage;
import attmask.report.page.Note;
import attmask.report.page.Picture;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a run's attention and masks changed: from its {@link MaskPicture} of each epoch, the attention and one strategy's
 * mask of the first images. Each frame is made once, so that a page can be made again and again while the run goes on.
 */
final class MaskFilm {
    /** Images of a frame, one under the other. */
    /** Of a picture: five times one of eight images of 224 pixels. */
    private static final long MOST_PIXELS = 1 << 24;

    private static final int IMAGES = 4;
    /** Longer side of a tile in CSS pixels, */
    private static final int TILE = 84;
    /** drawn finer for screens that show it. */
    private static final double DENSITY = 1.5;

    private static final int GAP = 2;
    /** Pixels of the qualitative picture's width at most. */
    private static final int WIDEST = 1320;

    /** Of the model's images; whatever the settings claim, no more memory is taken. */
    private static final int LARGEST_IMAGE = 2048;

    private static final int IMAGE = 0;
    private static final int ATTENTION = 1;

    private final Run run;
    private final FrameCache cache;

    MaskFilm(Run run, FrameCache cache) {
        this.run = run;
        this.cache = cache;
    }

    /**
     * The filmstrip.
     *
     * @param limit frames at most, spread evenly, the first and the last epoch among them
     */
    Block film(int limit) {
        List<Integer> epochs = chosen(new ArrayList<>(run.masks().keySet()), limit);
        List<Frame> frames = new ArrayList<>();
        for (int epoch : epochs) {
            Path file = run.masks().get(epoch);
            if (frames.isEmpty()) {
                cache.get(file, "images", () -> frame(file, "the images", IMAGE))
                        .ifPresent(image -> frames.add(new Frame("image", image)));
            }
            String what = "attention and " + label() + " mask after epoch " + epoch;
            cache.get(file, "frame", () -> frame(file, what, ATTENTION, column()))
                    .ifPresent(image -> frames.add(new Frame("epoch " + epoch, image)));
        }
        if (frames.isEmpty()) {
            return Note.of(run.name() + ": there are no pictures of masks.");
        }
        return new Film(
                run.name() + ": attention (left) and the " + label() + " mask (right) of " + IMAGES
                        + " images over the epochs",
                frames);
    }

    /** The whole picture of the last epoch. */
    Block latest() {
        if (run.masks().isEmpty()) {
            return Note.of(run.name() + ": there are no pictures of masks.");
        }
        int epoch = run.masks().lastKey();
        Path file = run.masks().get(epoch);
        String caption = run.name() + ", epoch " + epoch;
        return cache.get(file, "whole", () -> read(file).map(image -> whole(image, caption)))
                .<Block>map(image -> new Picture(caption, image))
                .orElseGet(() -> Note.of(file + " cannot be read."));
    }

    private static InlineImage whole(BufferedImage image, String caption) {
        BufferedImage shown = InlineImage.scaled(image, Math.min(1, (double) WIDEST / image.getWidth()));
        return InlineImage.jpeg(shown, 1, caption + ": images, their attention, and what each strategy would hide");
    }

    static List<Integer> chosen(List<Integer> epochs, int limit) {
        if (epochs.size() <= limit) {
            return epochs;
        }
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < limit; i++) {
            chosen.add(epochs.get(limit == 1 ? epochs.size() - 1 : Math.round(i * (epochs.size() - 1f) / (limit - 1))));
        }
        return chosen;
    }

    /** The strategy trained with, or high, if that has no column of its own. */
    private MaskStrategy strategy() {
        MaskStrategy trained = trained();
        return columns().contains(trained) ? trained : MaskStrategy.HIGH;
    }

    private MaskStrategy trained() {
        String name = run.settings().at("/mask/strategy").asText();
        return Arrays.stream(MaskStrategy.values())
                .filter(strategy -> strategy.name().equalsIgnoreCase(name))
                .findFirst()
                .orElse(MaskStrategy.HIGH);
    }

    private List<MaskStrategy> columns() {
        return MaskPicture.strategies(trained());
    }

    private String label() {
        return strategy().name().toLowerCase(Locale.ROOT);
    }

    private int column() {
        return ATTENTION + 1 + columns().indexOf(strategy());
    }

    /** With the decoder's limits and a lower one of pixels: the run's folder may be from elsewhere. */
    private static Optional<BufferedImage> read(Path file) {
        try {
            return Optional.of(PngFile.buffered(ImageDecoder.decode(file, MOST_PIXELS)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Some columns of a picture side by side; empty if it is not laid out as this program does. */
    private Optional<InlineImage> frame(Path file, String alt, int... columns) {
        return read(file).flatMap(picture -> cut(picture, columns)).map(frame -> InlineImage.jpeg(frame, DENSITY, alt));
    }

    private Optional<BufferedImage> cut(BufferedImage picture, int... columns) {
        Optional<RgbImage> sample = sampleTile();
        if (sample.isEmpty()) {
            return Optional.empty();
        }
        int width = sample.get().width();
        int height = sample.get().height();
        MaskLayout layout = new MaskLayout(width, BitmapFont.load().height(), true);
        int rows = Math.min(IMAGES, layout.rows(picture.getHeight(), height));
        if (rows == 0
                || picture.getWidth() != layout.width(ATTENTION + 1 + columns().size())) {
            return Optional.empty();
        }
        double scale = TILE * DENSITY / Math.max(width, height);
        int tileWidth = (int) Math.round(width * scale);
        int tileHeight = (int) Math.round(height * scale);
        BufferedImage frame = new BufferedImage(
                columns.length * (tileWidth + GAP) - GAP, rows * (tileHeight + GAP) - GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = frame.createGraphics();
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns.length; i++) {
                BufferedImage tile = picture.getSubimage(
                        layout.tileLeft(columns[i], width),
                        layout.body() + row * layout.rowHeight(height),
                        width,
                        height);
                graphics.drawImage(
                        InlineImage.scaled(tile, scale),
                        i * (tileWidth + GAP),
                        row * (tileHeight + GAP),
                        tileWidth,
                        tileHeight,
                        null);
            }
        }
        graphics.dispose();
        return Optional.of(frame);
    }

    /** A tile as large as those of the run's pictures; their images have the model's size. */
    private Optional<RgbImage> sampleTile() {
        try {
            Size size = Size.parse(run.settings().at("/model/image").asText());
            if (Math.max(size.width(), size.height()) > LARGEST_IMAGE) {
                return Optional.empty();
            }
            return Optional.of(Tile.of(RgbImage.black(size.width(), size.height())));
        } catch (UserException | ArithmeticException e) {
            return Optional.empty();
        }
    }
}
