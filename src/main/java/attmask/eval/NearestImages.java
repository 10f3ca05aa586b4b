package attmask.eval;

import attmask.data.ReadableImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which images of a bank look most alike to a frozen backbone: the largest cosine similarity of features. */
public final class NearestImages {
    private final Encoder encoder;
    private final int workers;
    private final Encoded bank;

    /** An image of the bank and its similarity to the query, −1 to 1. */
    public record Match(int index, double similarity) {}

    /** The matches of a query image, the most similar first. */
    public record Answer(int query, List<Match> matches) {}

    /** Features of the readable images, and the number of each in its source. */
    private record Encoded(Features features, int[] indices) {}

    /**
     * Encodes the bank.
     *
     * @param workers threads that decode
     */
    public NearestImages(Encoder encoder, ReadableImages bank, int workers) {
        this.encoder = encoder;
        this.workers = workers;
        this.bank = encode(bank);
    }

    private Encoded encode(ReadableImages images) {
        int width = encoder.featureWidth();
        int size = images.source().size();
        float[] rows = new float[Math.multiplyExact(size, width)];
        int[] indices = new int[size];
        int done = 0;
        try (FeatureStream stream = new FeatureStream(encoder, images, workers)) {
            while (stream.next()) {
                System.arraycopy(stream.rows(), 0, rows, done * width, stream.count() * width);
                System.arraycopy(stream.indices(), 0, indices, done, stream.count());
                done += stream.count();
            }
        }
        Features features = Features.normalised(Arrays.copyOf(rows, done * width), width, new int[done]);
        return new Encoded(features, Arrays.copyOf(indices, done));
    }

    /** The {@code k} nearest of each readable query, fewer if the bank holds fewer. */
    public List<Answer> of(ReadableImages queries, int k) {
        Encoded encoded = encode(queries);
        List<Answer> answers = new ArrayList<>();
        for (int query = 0; query < encoded.indices().length; query++) {
            answers.add(new Answer(encoded.indices()[query], nearest(encoded.features(), query, k)));
        }
        return answers;
    }

    private List<Match> nearest(Features queries, int query, int k) {
        int count = bank.indices().length;
        int width = queries.width();
        float[] similarities = new float[count];
        for (int row = 0; row < count; row++) {
            double dot = 0;
            for (int i = 0; i < width; i++) {
                dot += (double) queries.rows()[query * width + i]
                        * bank.features().rows()[row * width + i];
            }
            similarities[row] = (float) dot;
        }
        Neighbours neighbours = new Neighbours(k);
        neighbours.offer(similarities, 0, count);
        neighbours.sort();
        List<Match> matches = new ArrayList<>();
        for (int rank = 0; rank < neighbours.size(); rank++) {
            matches.add(new Match(bank.indices()[neighbours.index(rank)], neighbours.similarity(rank)));
        }
        return matches;
    }
}
