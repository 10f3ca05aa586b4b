package attmask.comparison;

import attmask.data.DataSet;
import attmask.data.ImageSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Says in a line which images a data set has: their numbers, and a hash of their names and labels in order. */
final class DataFingerprint {
    private static final int SHOWN_BYTES = 6;

    private DataFingerprint() {}

    static String of(DataSet data) {
        MessageDigest digest = sha256();
        add(digest, data.train());
        add(digest, data.validation());
        return String.format(
                "%d training and %d validation images of %d classes, names %s",
                data.train().size(),
                data.validation().size(),
                data.train().classes().size(),
                HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES));
    }

    private static void add(MessageDigest digest, ImageSource images) {
        for (int i = 0; i < images.size(); i++) {
            digest.update((images.name(i) + "\t" + images.label(i) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        digest.update((byte) '\n');
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
