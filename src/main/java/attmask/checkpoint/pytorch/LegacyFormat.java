package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's format before 1.6: pickles of a magic number, a version, facts about the machine, the object and the list
 * of storage keys; then for each key its number of elements, eight bytes, and the elements.
 */
final class LegacyFormat implements PyTorchFile.Format, TorchStorage.Source {
    private static final String MAGIC = "1950a86a20f9469cfc6c";

    private final String file;
    private final FileChannel channel;
    private final Map<String, TorchStorage> storages = new HashMap<>();
    private final Map<String, Long> places = new HashMap<>();
    private final Object root;

    private LegacyFormat(String file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        Pickles pickles = new Pickles(in);
        if (!startsLikeAPickle(in) || !MAGIC.equals(pickles.next())) {
            throw new UserException("cannot import " + file + ": it is neither a file of torch.save nor safetensors");
        }
        pickles.next();
        if (!(pickles.next() instanceof Map<?, ?> machine) || !Boolean.TRUE.equals(machine.get("little_endian"))) {
            throw new UserException("cannot import " + file + ": it was written on a big-endian machine;"
                    + " load and save it again with PyTorch on another");
        }
        root = pickles.next();
        place(pickles.next(), pickles.position);
    }

    static LegacyFormat open(Path path) throws IOException {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path);
            LegacyFormat format = new LegacyFormat(path.toString(), channel);
            channel = null;
            return format;
        } finally {
            if (channel != null) {
                channel.close();
            }
        }
    }

    /** PROTO, or one of the opcodes that a pickle without it begins with to call a function. */
    private static boolean startsLikeAPickle(InputStream in) throws IOException {
        in.mark(1);
        int first = in.read();
        in.reset();
        return first == 0x80 || first == 'c' || first == '(';
    }

    /** The pickles at the start of the file. */
    private final class Pickles {
        private final InputStream in;
        private long position;

        Pickles(InputStream in) {
            this.in = in;
        }

        Object next() throws IOException {
            PickleInput input = new PickleInput(file, in);
            Object value = new PickleReader(input, LegacyFormat.this::storage).read();
            position += input.position();
            return value;
        }
    }

    private TorchStorage storage(String key, ElementType type, long count) {
        if (count < 0) {
            throw new IllegalArgumentException("storage " + Untrusted.shown(key) + " has a negative size");
        }
        TorchStorage storage =
                storages.computeIfAbsent(key, name -> new TorchStorage(name, type, count, LegacyFormat.this));
        if (storage.type() != type || storage.count() != count) {
            throw new IllegalArgumentException("storage " + Untrusted.shown(key) + " is described in two ways");
        }
        return storage;
    }

    /** Finds where each storage lies, and that all of them are there. */
    private void place(Object keys, long start) throws IOException {
        if (!(keys instanceof List<?> list)) {
            throw damaged("there is no list of storages");
        }
        long position = start;
        for (Object key : list) {
            TorchStorage storage = storages.get(key);
            if (storage == null || places.containsKey(key)) {
                throw damaged("a storage is listed that no tensor has, or twice");
            }
            ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            readFully(position, count);
            position += Long.BYTES;
            if (count.flip().getLong() != storage.count()
                    || storage.count()
                            > (channel.size() - position) / storage.type().bytes()) {
                throw damaged("storage " + Untrusted.shown(storage.key()) + " is cut short");
            }
            places.put(storage.key(), position);
            position += storage.count() * storage.type().bytes();
        }
        if (places.size() != storages.size()) {
            throw damaged("a storage is missing");
        }
    }

    private UserException damaged(String complaint) {
        return new UserException("cannot import " + file + ": " + complaint);
    }

    @Override
    public void read(String key, long offset, ByteBuffer into) throws IOException {
        readFully(places.get(key) + offset, into);
    }

    private void readFully(long position, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, position + into.position()) < 0) {
                throw new EOFException("the file ends too early");
            }
        }
    }

    @Override
    public Object root() {
        return root;
    }

    @Override
    public String description() {
        return "PyTorch file of the format before 1.6";
    }

    @Override
    public String file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
