package attmask.data;

import attmask.config.UserException;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A WebDataset's tar: its index, labels, and images out of it. */
public final class TarFuzz implements FuzzTarget {
    @Override
    public List<byte[]> seeds() throws IOException {
        byte[] image = Seeds.resources("/attmask/data/", "one-bit.png").get(0);
        return List.of(
                tar(Map.of("0.png", image, "0.cls", text("3"))),
                tar(Map.of("0.png", image, "0.json", text("{\"label\": \"cat\"}"))),
                tar(Map.of("a/" + "long".repeat(40) + ".png", image)));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] tar(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, 512)) {
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                entry.setModTime(0);
                out.putArchiveEntry(entry);
                out.write(file.getValue());
                out.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        return Map.of("images.tar", input);
    }

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        ImageSource images = DataSets.at(folder.resolve("images.tar")).train();
        for (int i = 0; i < images.size(); i++) {
            images.name(i);
            images.label(i);
            try {
                images.image(i);
            } catch (UnreadableImageException e) {
                // It is skipped and named; the others are read.
            }
        }
    }

    @Override
    public Set<Class<? extends Exception>> refusals() {
        return Set.of(UserException.class, UnreadableImageException.class);
    }
}
