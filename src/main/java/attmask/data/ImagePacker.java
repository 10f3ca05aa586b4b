package attmask.data;

import attmask.config.UserException;
import attmask.data.pack.PackIndex;
import attmask.data.pack.PackedImage;
import attmask.data.pack.Shard;
import attmask.data.pack.ShardWriter;
import attmask.file.FileProblem;
import attmask.file.Untrusted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Packs a data set: its training images, then its validation images, in their order, into shards and an index. Shards are
 * written whole and the index last, so a stop at any moment loses a shard at most.
 */
public final class ImagePacker {
    /** So many images are looked at for the estimate of the size. */
    public static final int SAMPLE = 64;

    private final DataSet data;
    private final Path pack;
    private final Options options;
    private final List<PackIndex.ShardEntry> shards = new ArrayList<>();
    private int next;
    private int unreadable;

    /**
     * How to pack.
     *
     * @param shorterSide larger images are reduced to it and all are stored as pixels; 0 stores files as they are
     * @param shardBytes length of a shard, which only a single image may exceed; at most {@link ShardWriter#LARGEST}
     * @param resume goes on where an earlier one stopped
     * @param threads that read and decode
     */
    public record Options(int shorterSide, long shardBytes, boolean resume, int threads) {}

    /**
     * Looks at what is there already; writes nothing.
     *
     * @param pack the index to write, which ends in {@value PackIndex#EXTENSION}
     * @throws UserException if {@code pack} or shards of it are there and shall not be resumed, or hold something else
     */
    public ImagePacker(DataSet data, Path pack, Options options) {
        this.data = data;
        this.pack = pack;
        this.options = options;
        if (options.resume()) {
            keepShards();
        } else {
            requireFree(pack);
            requireFree(PackIndex.shard(pack, 0));
        }
    }

    private void requireFree(Path file) {
        if (Files.exists(file)) {
            throw new UserException(file + " exists already: go on with --resume, remove it, or name another --output");
        }
    }

    private void keepShards() {
        Path file = PackIndex.shard(pack, 0);
        while (next < images() && Files.exists(file)) {
            Shard shard = Shard.open(file);
            boolean fits = shard.number() == shards.size()
                    && shard.first() == next
                    && shard.shorterSide() == options.shorterSide()
                    && shard.images() <= images() - next
                    && IntStream.range(0, shard.images()).allMatch(image -> same(shard, image));
            if (!fits) {
                throw new UserException("cannot go on: " + file + " was packed from other images or with other options;"
                        + " remove " + pack + " and its shards, or name another --output");
            }
            unreadable += (int) IntStream.range(0, shard.images())
                    .filter(image -> shard.kind(image) == PackedImage.Kind.UNREADABLE)
                    .count();
            next += shard.images();
            shards.add(shard.entry());
            file = PackIndex.shard(pack, shards.size());
        }
    }

    private boolean same(Shard shard, int image) {
        ImageSource source = source(shard.first() + image);
        int index = index(shard.first() + image);
        return shard.name(image).equals(source.name(index)) && shard.label(image) == source.label(index);
    }

    /** Training and validation images. */
    public int images() {
        return data.train().size() + data.validation().size();
    }

    /** Images that are packed. */
    public int packed() {
        return next;
    }

    /** Of these, images that cannot be read; they keep their place, and training passes over them as in a folder. */
    public int unreadable() {
        return unreadable;
    }

    /** Shards that are written. */
    public int shards() {
        return shards.size();
    }

    /** Bytes of the shards that are written. */
    public long bytes() {
        return shards.stream().mapToLong(PackIndex.ShardEntry::bytes).sum();
    }

    /**
     * About how many bytes are still to be written, from images evenly spread over those not yet packed.
     *
     * @throws UserException if an image's file cannot be read
     */
    public long estimate() {
        int rest = images() - next;
        int count = Math.min(SAMPLE, rest);
        if (count == 0) {
            return 0;
        }
        long[] bytes = new long[1];
        int[] numbers = IntStream.range(0, count)
                .map(i -> next + (int) ((long) i * rest / count))
                .toArray();
        try (OrderedTasks<PackedImage> images =
                new OrderedTasks<>(count, options.threads(), i -> packedImage(numbers[i]))) {
            for (int i = 0; i < count; i++) {
                bytes[0] += images.next().packedBytes();
            }
        }
        return bytes[0] * rest / count;
    }

    /**
     * Packs what is not yet packed.
     *
     * @param progress is told the number of images packed
     * @throws UserException if an image's file cannot be read or the pack cannot be written; the shards so far stay
     */
    public void pack(IntConsumer progress) {
        int start = next;
        try (OrderedTasks<PackedImage> images =
                new OrderedTasks<>(images() - start, options.threads(), i -> packedImage(start + i))) {
            PackedImage[] waiting = {next < images() ? images.next() : null};
            while (waiting[0] != null) {
                int first = next;
                shards.add(ShardWriter.write(
                        PackIndex.shard(pack, shards.size()),
                        shards.size(),
                        first,
                        options.shorterSide(),
                        options.shardBytes(),
                        shard -> {
                            while (waiting[0] != null && shard.fits(waiting[0])) {
                                shard.add(waiting[0]);
                                unreadable += waiting[0].kind() == PackedImage.Kind.UNREADABLE ? 1 : 0;
                                next++;
                                waiting[0] = next < images() ? images.next() : null;
                                progress.accept(next);
                            }
                        }));
            }
        }
        new PackIndex(options.shorterSide(), split(data.train()), split(data.validation()), shards).write(pack);
    }

    private static PackIndex.Split split(ImageSource source) {
        return new PackIndex.Split(source.size(), source.classes());
    }

    private ImageSource source(int number) {
        return number < data.train().size() ? data.train() : data.validation();
    }

    private int index(int number) {
        return number < data.train().size() ? number : number - data.train().size();
    }

    /** A file that is no whole image keeps its place; one that the disk does not give ends the packing. */
    private PackedImage packedImage(int number) {
        ImageSource source = source(number);
        int index = index(number);
        String name = source.name(index);
        int label = source.label(index);
        try {
            Optional<byte[]> file = options.shorterSide() == 0 ? source.file(index) : Optional.empty();
            if (file.isPresent()) {
                return PackedImage.file(name, label, file.get());
            }
            RgbImage image = reduced(source.image(index));
            return PackedImage.pixels(name, label, image.width(), image.height(), image.rgb());
        } catch (UnreadableImageException e) {
            return PackedImage.unreadable(name, label, e.getMessage());
        } catch (IOException e) {
            throw new UserException(
                    "cannot read image " + Untrusted.shown(name) + ": " + FileProblem.reason(e)
                            + "; put that right and go on with --resume",
                    e);
        }
    }

    /** Resized as the evaluation does; a smaller image would gain nothing. */
    private RgbImage reduced(RgbImage image) {
        int shorter = Math.min(image.width(), image.height());
        int wanted = options.shorterSide();
        if (wanted == 0 || shorter <= wanted) {
            return image;
        }
        int width = (int) ((long) image.width() * wanted / shorter);
        int height = (int) ((long) image.height() * wanted / shorter);
        Planes planes = new Planes();
        new BicubicResampler().resize(image, BicubicResampler.Box.all(image), width, height, planes);
        RgbImage small = RgbImage.black(width, height);
        planes.store(small.rgb());
        return small;
    }
}
