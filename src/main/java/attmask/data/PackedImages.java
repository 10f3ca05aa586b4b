package attmask.data;

import attmask.data.pack.Pack;
import attmask.data.pack.PackIndex;
import attmask.data.pack.PackedImage;
import attmask.data.pack.Shard;
import attmask.file.Untrusted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The training or the validation images of a pack. They lie in mapped files, so a pack may be larger than memory. */
public final class PackedImages implements ImageSource {
    private final Pack pack;
    private final int first;
    private final PackIndex.Split split;

    private PackedImages(Pack pack, int first, PackIndex.Split split) {
        this.pack = pack;
        this.first = first;
        this.split = split;
    }

    /**
     * Opens a pack.
     *
     * @throws attmask.config.UserException one line if its index or a shard is missing or damaged
     */
    static DataSet open(Path file) {
        Pack pack = Pack.open(file);
        PackIndex.Split train = pack.index().train();
        return new DataSet(
                new PackedImages(pack, 0, train),
                new PackedImages(pack, train.images(), pack.index().validation()));
    }

    private Pack.Place at(int index) {
        return pack.at(first + Objects.checkIndex(index, split.images()));
    }

    @Override
    public int size() {
        return split.images();
    }

    @Override
    public int label(int index) {
        return at(index).label();
    }

    @Override
    public String name(int index) {
        return at(index).name();
    }

    @Override
    public RgbImage image(int index) throws UnreadableImageException {
        Pack.Place place = at(index);
        byte[] bytes = intact(place);
        Shard shard = place.shard();
        return switch (shard.kind(place.image())) {
            case FILE -> ImageDecoder.decode(bytes);
            case PIXELS -> new RgbImage(shard.width(place.image()), shard.height(place.image()), bytes);
            case UNREADABLE ->
                throw new UnreadableImageException(Untrusted.shown(new String(bytes, StandardCharsets.UTF_8)));
        };
    }

    @Override
    public Optional<byte[]> file(int index) throws UnreadableImageException {
        Pack.Place place = at(index);
        return place.shard().kind(place.image()) == PackedImage.Kind.FILE
                ? Optional.of(intact(place))
                : Optional.empty();
    }

    private static byte[] intact(Pack.Place place) throws UnreadableImageException {
        if (!place.intact()) {
            throw new UnreadableImageException("its checksum is wrong: "
                    + place.shard().file() + " is damaged; copy it again, or pack the images again");
        }
        return place.shard().bytes(place.image());
    }

    /** Pixels are as good as a cache. */
    @Override
    public boolean decodes() {
        return pack.index().shorterSide() == 0;
    }

    @Override
    public List<String> classes() {
        return split.classes();
    }
}
