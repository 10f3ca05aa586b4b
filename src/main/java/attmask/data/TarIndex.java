package attmask.data;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.file.Untrusted;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * What a WebDataset shard holds and where, found by going through its headers once. A sample is a run of files whose
 * names are the same up to the first dot; its image is the first file with an image's ending.
 */
final class TarIndex {
    /** Longer ones are no labels. */
    private static final int LARGEST_LABEL = 1 << 20;

    /** A file's place in the shard. */
    record Member(String name, long offset, long bytes) {
        /** The path up to the first dot of the last name. */
        String key() {
            int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
            return dot < 0 ? name : name.substring(0, dot);
        }

        boolean endsWith(String extension) {
            return name.toLowerCase(Locale.ROOT).endsWith(extension);
        }

        boolean isHidden() {
            return name.startsWith(".", name.lastIndexOf('/') + 1);
        }
    }

    /**
     * An image and what belongs to it.
     *
     * @param label text of its label, or null
     */
    record Sample(Member image, String label) {}

    private final Path file;
    private final List<Sample> samples = new ArrayList<>();
    private String key;
    private Member image;
    private Member cls;
    private Member json;

    private TarIndex(Path file) {
        this.file = file;
    }

    /**
     * The samples of a shard in its order; files without an image are left out.
     *
     * @throws UserException if the shard cannot be read or is damaged
     */
    static List<Sample> of(Path file) {
        TarIndex index = new TarIndex(file);
        try (FileInputStream in = new FileInputStream(file.toFile());
                TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
            FileChannel channel = in.getChannel();
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                // The stream reads headers in whole records and nothing ahead, so here the file's bytes begin.
                long offset = channel.position();
                if (entry.isFile() && !entry.isSparse()) {
                    index.add(new Member(entry.getName(), offset, entry.getSize()), channel.size());
                }
            }
            index.endSample();
            return index.samples;
        } catch (UserException e) {
            throw e;
        } catch (IOException e) {
            throw index.damaged(FileProblem.reason(e), e);
        } catch (RuntimeException e) {
            throw index.damaged(String.valueOf(e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw index.damaged("a header is too large for the Java heap", e);
        }
    }

    private UserException damaged(String why, Throwable cause) {
        return new UserException(
                "cannot read tar file " + file + ": " + Untrusted.shown(why) + "; copy or make it again", cause);
    }

    private void add(Member member, long fileBytes) throws IOException {
        if (member.bytes() > fileBytes - member.offset()) {
            throw damaged("it ends within " + member.name() + " (cut short?)", null);
        }
        if (member.isHidden()) {
            return;
        }
        if (!member.key().equals(key)) {
            endSample();
            key = member.key();
        }
        if (image == null && ImageDecoder.isImageName(member.name())) {
            image = member;
        } else if (member.endsWith(".cls")) {
            cls = member;
        } else if (member.endsWith(".json")) {
            json = member;
        }
    }

    private void endSample() throws IOException {
        if (image != null) {
            samples.add(new Sample(image, TarLabel.of(this::text, cls, json)));
        }
        image = null;
        cls = null;
        json = null;
    }

    private byte[] text(Member member) throws IOException {
        if (member.bytes() > LARGEST_LABEL) {
            throw new IOException(Untrusted.shown(member.name()) + " is too large for a label");
        }
        return TarImages.read(file, member.offset(), (int) member.bytes());
    }
}
