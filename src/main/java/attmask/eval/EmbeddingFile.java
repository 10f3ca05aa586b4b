package attmask.eval;

import attmask.config.UserException;
import attmask.data.ImageSource;
import attmask.file.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntConsumer;

/**
 * Features with the names and labels of their images, in a file whose extension says how: {@code .npy} is a NumPy
 * matrix (N, width) of float32 with a table {@code NAME.csv} beside it, row by row; {@code .csv} is that table with the
 * features as further columns. Written as they come, aside, and renamed when complete.
 *
 * <p>Why no Parquet: its Java libraries bring Hadoop's classes, more than the rest of this program together, and a
 * matrix of floats gains nothing from columns that are compressed one by one.
 */
public final class EmbeddingFile {
    private static final String NPY = ".npy";
    private static final String CSV = ".csv";
    private static final String HEADING = "file,label,class";

    private final Path file;
    private final ImageSource images;
    private final boolean normalised;

    /** Takes one image's features, the values from {@code start} on. */
    private interface Row {
        void add(int image, float[] values, int start) throws IOException;
    }

    /**
     * @param images names and labels
     * @param normalised whether each image's features are divided by their length
     */
    public EmbeddingFile(Path file, ImageSource images, boolean normalised) {
        requireKnownFormat(file);
        this.file = file;
        this.images = images;
        this.normalised = normalised;
    }

    /** @throws UserException if the extension is neither .npy nor .csv */
    public static void requireKnownFormat(Path file) {
        if (!hasExtension(file, NPY) && !hasExtension(file, CSV)) {
            throw new UserException(
                    "cannot write features to " + file + ": its name must end in " + NPY + " or " + CSV);
        }
    }

    private static boolean hasExtension(Path file, String extension) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(extension);
    }

    /** The table of names and labels. */
    public Path table() {
        String name = file.getFileName().toString();
        return file.resolveSibling(name.substring(0, name.length() - CSV.length()) + CSV);
    }

    /**
     * Writes the file, and the table if it is another.
     *
     * @param progress is told the number of images done, now and then
     * @return the number of images
     * @throws UserException if no image is readable or a feature is not finite; there is then no file
     */
    public int write(FeatureStream features, IntConsumer progress) {
        int width = features.width();
        int[] count = new int[1];
        if (hasExtension(file, CSV)) {
            WholeFile.write(file, out -> {
                line(out, HEADING + columns(width));
                count[0] = rows(
                        features,
                        progress,
                        (image, row, start) -> line(out, describe(image) + text(row, start, width)));
            });
            return count[0];
        }
        ByteBuffer bytes = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        WholeFile.write(table(), names -> {
            line(names, HEADING);
            WholeFile.write(
                    file,
                    out -> {
                        out.write(new byte[NpyHeader.BYTES]);
                        count[0] = rows(features, progress, (image, row, start) -> {
                            bytes.asFloatBuffer().put(row, start, width);
                            out.write(bytes.array());
                            line(names, describe(image));
                        });
                    },
                    // The number of images that can be read is known now only.
                    () -> NpyHeader.floats(count[0], width));
        });
        return count[0];
    }

    private int rows(FeatureStream features, IntConsumer progress, Row row) throws IOException {
        int done = 0;
        while (features.next()) {
            for (int i = 0; i < features.count(); i++) {
                int start = i * features.width();
                if (normalised) {
                    Features.normalise(features.rows(), start, features.width(), features.indices()[i]);
                } else {
                    Features.length(features.rows(), start, features.width(), features.indices()[i]);
                }
                row.add(features.indices()[i], features.rows(), start);
            }
            done += features.count();
            progress.accept(done);
        }
        if (done == 0) {
            throw new UserException(
                    "none of the " + images.size() + " images can be read; there are no features to write");
        }
        return done;
    }

    private String describe(int image) {
        int label = images.label(image);
        String name = label < 0 ? "" : quoted(images.classes().get(label));
        return quoted(images.name(image)) + "," + label + "," + name;
    }

    private static String columns(int width) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < width; i++) {
            text.append(",f").append(i);
        }
        return text.toString();
    }

    /** As many digits as float32 needs to come back the same. */
    private static String text(float[] values, int start, int width) {
        StringBuilder text = new StringBuilder();
        for (int i = start; i < start + width; i++) {
            text.append(',').append(values[i]);
        }
        return text.toString();
    }

    /** RFC 4180. */
    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    private static void line(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
