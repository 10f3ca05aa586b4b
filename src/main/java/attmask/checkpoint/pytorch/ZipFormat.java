package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** PyTorch's zip archive: {@code NAME/data.pkl}, and the bytes of each storage as {@code NAME/data/KEY}. */
final class ZipFormat implements PyTorchFile.Format, TorchStorage.Source {
    private static final String PICKLE = "data.pkl";

    private final String file;
    private final ZipFile zip;
    private final long size;
    private final String prefix;
    private final Object root;

    private ZipFormat(Path path, ZipFile zip) throws IOException {
        file = path.toString();
        this.zip = zip;
        size = Files.size(path);
        prefix = prefix();
        requireLittleEndian();
        try (InputStream in = zip.getInputStream(stored(PICKLE))) {
            root = new PickleReader(new PickleInput(file, new BufferedInputStream(in)), this::storage).read();
        }
    }

    static ZipFormat open(Path path) throws IOException {
        ZipFile zip = null;
        try {
            zip = new ZipFile(path.toFile());
            ZipFormat format = new ZipFormat(path, zip);
            zip = null;
            return format;
        } catch (ZipException | IllegalArgumentException e) {
            throw new UserException("cannot import " + path + ": it is cut short, or its zip archive is damaged", e);
        } finally {
            if (zip != null) {
                zip.close();
            }
        }
    }

    /** The folder of the archive that has the pickle. */
    private String prefix() {
        List<String> pickles = zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
                .toList();
        if (pickles.size() != 1) {
            throw new UserException("cannot import " + file + ": the zip archive has " + pickles.size()
                    + " data.pkl; torch.save writes one");
        }
        return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    }

    private void requireLittleEndian() throws IOException {
        if (zip.getEntry(prefix + "byteorder") != null) {
            try (InputStream in = zip.getInputStream(stored("byteorder"))) {
                if (!new String(in.readNBytes(16), StandardCharsets.US_ASCII).equals("little")) {
                    throw new UserException("cannot import " + file + ": it was written on a big-endian machine;"
                            + " load and save it again with PyTorch on another");
                }
            }
        }
    }

    /** An entry that is not compressed; torch.save compresses none, and so none can grow when it is read. */
    private ZipEntry stored(String name) {
        ZipEntry entry = zip.getEntry(prefix + name);
        if (entry == null) {
            throw new IllegalArgumentException(Untrusted.shown(name) + " is not in the archive");
        }
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
            throw new UserException("cannot import " + file + ": its zip archive is compressed, which torch.save does"
                    + " not do; load and save it again with PyTorch");
        }
        if (entry.getSize() > size) {
            throw new UserException("cannot import " + file + ": it is cut short, or its zip archive is damaged");
        }
        return entry;
    }

    private TorchStorage storage(String key, ElementType type, long count) {
        long bytes = stored("data/" + key).getSize();
        if (count < 0 || count > bytes / type.bytes()) {
            throw new IllegalArgumentException("storage " + Untrusted.shown(key) + " has " + bytes
                    + " bytes, too few for " + count + " elements (cut short?)");
        }
        return new TorchStorage(key, type, count, this);
    }

    @Override
    public void read(String key, long offset, ByteBuffer into) throws IOException {
        try (InputStream in = zip.getInputStream(stored("data/" + key))) {
            in.skipNBytes(offset);
            int count = in.readNBytes(into.array(), into.position(), into.remaining());
            if (count < into.remaining()) {
                throw new EOFException("the file ends too early");
            }
            into.position(into.limit());
        }
    }

    @Override
    public Object root() {
        return root;
    }

    @Override
    public String description() {
        return "PyTorch zip archive";
    }

    @Override
    public String file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
