package attmask.data.pack;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

/** A pack, opened: images by number over all shards, the training images first. Thread-safe. */
public final class Pack {
    private final Path file;
    private final PackIndex index;
    private final List<Shard> shards = new ArrayList<>();
    /** For each shard the number of its first image. */
    private final int[] firsts;

    private Pack(Path file) {
        this.file = file;
        this.index = PackIndex.read(file);
        this.firsts = new int[index.shards().size()];
        int first = 0;
        for (int number = 0; number < firsts.length; number++) {
            Shard shard = Shard.open(PackIndex.shard(file, number));
            boolean belongs = shard.entry().equals(index.shards().get(number))
                    && shard.number() == number
                    && shard.first() == first
                    && shard.shorterSide() == index.shorterSide();
            if (!belongs) {
                throw PackIndex.damaged(file, "shard " + shard.file() + " belongs to another pack");
            }
            shards.add(shard);
            firsts[number] = first;
            first += shard.images();
        }
        for (int image = 0; image < first; image++) {
            checkLabel(image);
        }
    }

    /**
     * Opens a pack and checks everything but the images' bytes.
     *
     * @throws UserException one line if the index or a shard is missing or damaged
     */
    public static Pack open(Path file) {
        if (!PackIndex.isNameOfPack(file)) {
            throw new UserException(file + " is no pack: the name of a pack ends in " + PackIndex.EXTENSION);
        }
        return new Pack(file);
    }

    private void checkLabel(int image) {
        int classes = (image < index.train().images() ? index.train() : index.validation())
                .classes()
                .size();
        int label = at(image).label();
        if (classes == 0 ? label != -1 : label < 0 || label >= classes) {
            throw PackIndex.damaged(
                    file,
                    "image " + Untrusted.shown(at(image).name()) + " has label " + label + ", but there are " + classes
                            + " classes");
        }
    }

    public PackIndex index() {
        return index;
    }

    /** Bytes of all shards. */
    public long bytes() {
        return index.shards().stream().mapToLong(PackIndex.ShardEntry::bytes).sum();
    }

    /** All images, of training and validation. */
    public int images() {
        return index.train().images() + index.validation().images();
    }

    /**
     * Where an image lies.
     *
     * @param image its number in the shard
     */
    public record Place(Shard shard, int image) {
        public String name() {
            return shard.name(image);
        }

        public int label() {
            return shard.label(image);
        }

        /** Whether its bytes have their checksum. */
        public boolean intact() {
            return shard.intact(image);
        }
    }

    /** Finds image {@code number} of all. */
    public Place at(int number) {
        Objects.checkIndex(number, images());
        int found = Arrays.binarySearch(firsts, number);
        int shard = found >= 0 ? found : -found - 2;
        return new Place(shards.get(shard), number - firsts[shard]);
    }

    /**
     * Compares the bytes of every image with their checksums.
     *
     * @param progress is told the number of images done
     * @return the damaged ones
     */
    public List<Place> verify(IntConsumer progress) {
        List<Place> damaged = new ArrayList<>();
        for (int image = 0; image < images(); image++) {
            Place place = at(image);
            if (!place.intact()) {
                damaged.add(place);
            }
            progress.accept(image + 1);
        }
        return damaged;
    }
}
