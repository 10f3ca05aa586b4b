package attmask.data.pack;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.file.Untrusted;
import attmask.file.WholeFile;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The file that stands for a pack, JSON: the splits and, for each shard, what it must be.
 *
 * @param format {@value #FORMAT}
 * @param version 1
 * @param shorterSide pixels that decoded images were reduced to, or 0 for files as they were
 * @param train the first images of the pack
 * @param validation the images after them
 * @param shards in order; shard N of {@code NAME.pack} is {@code NAME-0000N.shard} beside it
 */
public record PackIndex(
        String format, int version, int shorterSide, Split train, Split validation, List<ShardEntry> shards) {
    static final String FORMAT = "attmask-pack";

    /** What the names of packs end in. */
    public static final String EXTENSION = ".pack";

    private static final int VERSION = ShardHeader.VERSION;
    /** Room for 200,000 shards, or as many classes; what is larger is no index. */
    private static final int LARGEST = 16 << 20;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /**
     * A part of the images.
     *
     * @param images how many
     * @param classes names in the order of the labels; empty when the images are unlabelled
     */
    public record Split(int images, List<String> classes) {
        public Split {
            classes = List.copyOf(classes);
        }
    }

    /**
     * A shard.
     *
     * @param images how many it holds
     * @param bytes its length
     * @param checksum of its header, table and names: CRC-32C, hexadecimal
     */
    public record ShardEntry(int images, long bytes, String checksum) {}

    public PackIndex {
        shards = List.copyOf(shards);
    }

    public PackIndex(int shorterSide, Split train, Split validation, List<ShardEntry> shards) {
        this(FORMAT, VERSION, shorterSide, train, validation, shards);
    }

    /** Whether a file's name is that of a pack. */
    public static boolean isNameOfPack(Path file) {
        return file.getFileName() != null && file.getFileName().toString().endsWith(EXTENSION);
    }

    /** Where shard {@code number} of a pack lies. */
    public static Path shard(Path pack, int number) {
        return pack.resolveSibling(stem(pack) + String.format("-%05d.shard", number));
    }

    /** A pack's name without its ending. */
    static String stem(Path pack) {
        String name = pack.getFileName().toString();
        return name.substring(0, name.length() - EXTENSION.length());
    }

    /**
     * Writes the index; from then on there is a pack.
     *
     * @throws UserException if it cannot be written
     */
    public void write(Path pack) {
        WholeFile.write(pack, out -> out.write(MAPPER.writeValueAsBytes(this)));
    }

    /**
     * Reads an index.
     *
     * @throws UserException if it is missing or damaged, or of another version
     */
    static PackIndex read(Path pack) {
        try {
            long bytes = Files.size(pack);
            if (bytes > LARGEST) {
                throw damaged(pack, "it has " + bytes + " bytes; an index has at most " + LARGEST);
            }
            PackIndex index = MAPPER.readValue(Files.readAllBytes(pack), PackIndex.class);
            if (index == null) {
                throw damaged(pack, "it is empty");
            }
            index.check(pack);
            return index;
        } catch (JsonProcessingException e) {
            throw damaged(pack, Untrusted.shown(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UserException("cannot read pack " + pack + ": " + FileProblem.reason(e), e);
        }
    }

    private void check(Path pack) {
        if (!format.equals(FORMAT)) {
            throw damaged(pack, "its format is '" + Untrusted.shown(format) + "' instead of " + FORMAT);
        }
        if (version != VERSION) {
            throw new UserException("pack " + pack + " has version " + version + ", this program reads " + VERSION
                    + ": pack the images again, or use the program that wrote it");
        }
        long packed = 0;
        for (ShardEntry shard : shards) {
            packed += shard.images();
        }
        if (shorterSide < 0
                || train.images() < 1
                || validation.images() < 0
                || packed != (long) train.images() + validation.images()
                || packed > Integer.MAX_VALUE
                || shards.stream().anyMatch(shard -> shard.images() < 1)) {
            throw damaged(pack, "its numbers of images contradict each other");
        }
    }

    static UserException damaged(Path pack, String why) {
        return new UserException("pack " + pack + " is damaged: " + why + "; copy it again, or pack the images again");
    }
}
