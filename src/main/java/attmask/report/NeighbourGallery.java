package attmask.report;

import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.ImageSource;
import attmask.data.ReadableImages;
import attmask.data.RgbImage;
import attmask.data.Subset;
import attmask.eval.Encoder;
import attmask.eval.NearestImages;
import attmask.eval.NearestImages.Answer;
import attmask.eval.NearestImages.Match;
import attmask.report.page.Block;
import attmask.report.page.Gallery;
import attmask.report.page.Gallery.Item;
import attmask.report.page.Gallery.Row;
import attmask.report.page.InlineImage;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Pictures of what a model takes for similar: some validation images, and the training images with the most similar
 * features. Without validation images the queries are training images, which are not compared with themselves.
 */
public final class NeighbourGallery {
    /** Neighbours of each query. */
    private static final int NEAREST = 6;
    /** Training images that are searched: enough to see by, and a matter of seconds on a CPU. */
    private static final int BANK = 5000;
    /** Runs side by side show the same images. */
    private static final long SEED = 0;
    /** Longer side in CSS pixels. */
    private static final int SIDE = 72;

    private static final double DENSITY = 1.5;

    private final ImageSource bank;
    private final ImageSource queries;
    private final boolean apart;
    private final int trainingImages;

    /**
     * Chooses images, the same ones for equal data.
     *
     * @param count queries, 1 or more
     */
    public NeighbourGallery(DataSet data, int count) {
        trainingImages = data.train().size();
        bank = Subset.drawn(data.train(), BANK, SEED);
        apart = data.hasValidation();
        queries = Subset.drawn(apart ? data.validation() : bank, count, SEED);
    }

    /** Images to encode before the first answer. */
    public int bankSize() {
        return bank.size();
    }

    /**
     * Searches and draws.
     *
     * @param name of the run
     * @throws UserException if no image can be read
     */
    public Block of(String name, Encoder encoder, int workers) {
        ReadableImages readable = new ReadableImages(bank, line -> {});
        ReadableImages asked = new ReadableImages(queries, line -> {});
        NearestImages search = new NearestImages(encoder, readable, workers);
        List<Row> rows = new ArrayList<>();
        for (Answer answer : search.of(asked, NEAREST + (apart ? 0 : 1))) {
            rows.add(row(asked, readable, answer));
        }
        if (rows.isEmpty()) {
            throw new UserException("none of the images can be read");
        }
        return new Gallery(
                String.format(
                        Locale.ROOT,
                        "%s: %s images (left) and the nearest of %s training images, with the features' cosine%s",
                        name,
                        apart ? "validation" : "training",
                        bank.size() < trainingImages
                                ? String.format(Locale.ROOT, "%,d of the %,d", bank.size(), trainingImages)
                                : String.format(Locale.ROOT, "the %,d", trainingImages),
                        queries.labelled() ? "; dashed frames are of another class" : ""),
                rows);
    }

    private Row row(ReadableImages asked, ReadableImages readable, Answer answer) {
        String own = queries.name(answer.query());
        List<Item> found = answer.matches().stream()
                .filter(match -> apart || !bank.name(match.index()).equals(own))
                .limit(NEAREST)
                .map(match -> found(readable, answer.query(), match))
                .toList();
        return new Row(item(asked, answer.query(), label(queries, answer.query()), ""), found);
    }

    private Item found(ReadableImages readable, int query, Match match) {
        int own = queries.label(query);
        int other = bank.label(match.index());
        boolean known = own != ImageSource.UNLABELLED && other != ImageSource.UNLABELLED;
        String mark = !known ? "" : own == other ? "same" : "other";
        String similarity = String.format(Locale.ROOT, "%.2f", match.similarity());
        return item(readable, match.index(), similarity, mark);
    }

    private static Item item(ReadableImages images, int index, String label, String mark) {
        String alt = label(images.source(), index) + (mark.isEmpty() ? "" : ", " + mark + " class");
        RgbImage image = Tile.of(images.tryImage(index).orElseGet(() -> RgbImage.black(1, 1)));
        BufferedImage picture = PngFile.buffered(image);
        double scale = SIDE * DENSITY / Math.max(image.width(), image.height());
        return new Item(InlineImage.jpeg(InlineImage.scaled(picture, scale), DENSITY, alt), label, mark);
    }

    private static String label(ImageSource source, int index) {
        int label = source.label(index);
        return label == ImageSource.UNLABELLED
                ? source.name(index)
                : source.classes().get(label);
    }
}
