package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pickle's stack machine with the opcodes that torch.save writes, in protocols 2 to 4, calling nothing but
 * {@link PickleClasses}.
 *
 * <p>Python's values become null, Boolean, Long, Double, String, byte[], List, {@link PyTuple}, Map, {@link TorchTensor}
 * and {@link PyObject}. The keys of a dict are plain values, so no hash depends on what is inside a container.
 */
final class PickleReader {
    /** Stands for a persistent id: a storage, whose numbers are not in the pickle. */
    interface Storages {
        /** @throws IllegalArgumentException if there is no such storage; says what is wrong */
        TorchStorage find(String key, ElementType type, long count);
    }

    private static final int LONGEST_INTEGER = 64;
    private static final int HIGHEST_PROTOCOL = 5;

    private final PickleInput in;
    private final Storages storages;
    private final PickleStack stack;

    PickleReader(PickleInput in, Storages storages) {
        this.in = in;
        this.storages = storages;
        stack = new PickleStack(in);
    }

    /**
     * Reads one pickle.
     *
     * @throws attmask.config.UserException if it is damaged or asks for more than weights need
     */
    Object read() throws IOException {
        for (int opcode = in.unsignedByte(); opcode != '.'; opcode = in.unsignedByte()) {
            step(opcode);
        }
        return stack.result();
    }

    private void step(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> protocol(in.unsignedByte());
            case 0x95 -> in.signedLong(); // FRAME: how much follows, for readers that look ahead
            case 'N' -> stack.push(null);
            case 0x88 -> stack.push(true);
            case 0x89 -> stack.push(false);
            case 'K' -> stack.push((long) in.unsignedByte());
            case 'M' -> stack.push((long) in.unsignedShort());
            case 'J' -> stack.push((long) in.signedInt());
            case 0x8A -> stack.push(integer(in.unsignedByte()));
            case 'G' -> stack.push(in.bigEndianDouble());
            case 'X' -> stack.push(in.text(in.unsignedInt()));
            case 0x8C -> stack.push(in.text(in.unsignedByte()));
            case 'T' -> stack.push(latin1(in.unsignedInt()));
            case 'U' -> stack.push(latin1(in.unsignedByte()));
            case 'B' -> stack.push(in.bytes(in.unsignedInt()));
            case 'C' -> stack.push(in.bytes(in.unsignedByte()));
            case '(' -> stack.mark();
            case '0' -> stack.pop();
            case '1' -> stack.popToMark();
            case '2' -> stack.push(stack.top());
            case 'q' -> stack.memoize(in.unsignedByte());
            case 'r' -> stack.memoize(in.unsignedInt());
            case 0x94 -> stack.memoize();
            case 'h' -> stack.recall(in.unsignedByte());
            case 'j' -> stack.recall(in.unsignedInt());
            default -> container(opcode);
        }
    }

    private void container(int opcode) throws IOException {
        switch (opcode) {
            case ')' -> stack.push(new PyTuple(List.of()));
            case 't' -> stack.push(new PyTuple(stack.popToMark()));
            case 0x85 -> tuple(1);
            case 0x86 -> tuple(2);
            case 0x87 -> tuple(3);
            case ']' -> stack.push(new ArrayList<>(1));
            case 'a' -> append(Collections.singletonList(stack.pop()));
            case 'e' -> append(stack.popToMark());
            case '}' -> stack.push(new LinkedHashMap<>(2));
            case 's' -> {
                Object value = stack.pop();
                setItems(Arrays.asList(stack.pop(), value));
            }
            case 'u' -> setItems(stack.popToMark());
            default -> object(opcode);
        }
    }

    private void object(int opcode) throws IOException {
        switch (opcode) {
            case 'c' -> global(in.line(), in.line());
            case 'i' -> {
                // An instance of Python 2's old classes, which torch.save never writes; the message names the class.
                global(in.line(), in.line());
                throw in.damaged("it has an old-style instance");
            }
            case 0x93 -> {
                String name = stack.pop(String.class, "a name");
                global(stack.pop(String.class, "a module's name"), name);
            }
            case 'Q' -> stack.push(storage(stack.pop(PyTuple.class, "a storage's id")));
            case 'R', 0x81 -> call(stack.pop(PyTuple.class, "arguments"));
            case 'b' -> build();
            default -> throw in.damaged("it has the opcode " + opcode + " before byte " + in.position());
        }
    }

    /** Python 2's strings, which may be any bytes. */
    private String latin1(long length) throws IOException {
        return new String(in.bytes(length), StandardCharsets.ISO_8859_1);
    }

    private void protocol(int version) {
        if (version > HIGHEST_PROTOCOL) {
            throw in.damaged("it has protocol " + version);
        }
    }

    /** A number that does not fit a long stays as its text, for PyTorch's magic number. */
    private Object integer(int length) throws IOException {
        if (length > LONGEST_INTEGER) {
            throw in.damaged("it has a number of " + length + " bytes");
        }
        byte[] littleEndian = in.bytes(length);
        byte[] bigEndian = new byte[length];
        for (int i = 0; i < length; i++) {
            bigEndian[i] = littleEndian[length - 1 - i];
        }
        BigInteger value = length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value.toString(16);
    }

    private void tuple(int count) {
        Object[] items = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            items[i] = stack.pop();
        }
        stack.push(new PyTuple(Arrays.asList(items)));
    }

    private void append(List<Object> values) {
        @SuppressWarnings("unchecked")
        List<Object> list = stack.top(List.class, "a list");
        list.addAll(values);
    }

    private void setItems(List<Object> keysAndValues) {
        @SuppressWarnings("unchecked")
        Map<Object, Object> map = stack.top(Map.class, "a dict");
        if (keysAndValues.size() % 2 != 0) {
            throw in.damaged("a dict in it has a key without a value");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            Object key = keysAndValues.get(i);
            boolean plain = key == null || key instanceof String || key instanceof Number || key instanceof Boolean;
            if (!plain) {
                throw in.damaged("a dict in it has a key that is neither text nor number");
            }
            map.put(key, keysAndValues.get(i + 1));
        }
    }

    private void global(String module, String name) {
        PickleClass found = PickleClasses.find(module, name);
        if (found == null) {
            throw in.refused(module + "." + name);
        }
        stack.push(found);
    }

    /** ('storage', class, key, device, count), and in old files a view's place, which must be None. */
    private TorchStorage storage(PyTuple id) {
        List<Object> parts = id.items();
        boolean fits = parts.size() >= 5
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof PickleClass
                && parts.get(2) instanceof String
                && parts.get(4) instanceof Long
                && (parts.size() == 5 || parts.get(5) == null);
        ElementType type = fits ? PickleClasses.elementType((PickleClass) parts.get(1)) : null;
        if (type == null) {
            throw in.damaged("a storage in it is described in an unknown way");
        }
        try {
            return storages.find((String) parts.get(2), type, (Long) parts.get(4));
        } catch (IllegalArgumentException e) {
            throw in.damaged(e.getMessage());
        }
    }

    private void call(PyTuple arguments) {
        PickleClass callee = stack.pop(PickleClass.class, "a class");
        try {
            stack.push(callee.maker().make(arguments.items()));
        } catch (IllegalArgumentException e) {
            throw in.damaged(e.getMessage());
        }
    }

    /** Attributes of an object: only those of inert objects and of dicts and tensors are set, and none is needed. */
    private void build() {
        stack.pop();
        Object target = stack.top();
        if (!(target instanceof PyObject || target instanceof Map || target instanceof TorchTensor)) {
            throw in.damaged("it sets attributes of something that has none");
        }
    }
}
