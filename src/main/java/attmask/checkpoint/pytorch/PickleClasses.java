package attmask.checkpoint.pytorch;

import attmask.checkpoint.ElementType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a pickle may name: what tensors are made of, and what the checkpoints of AttMask, iBOT and DINO hold beside
 * them (the arguments as an argparse.Namespace, learning rates as numbers of NumPy), which is read and forgotten.
 */
final class PickleClasses {
    private static final Map<String, ElementType> STORAGES = Map.of(
            "torch.DoubleStorage", ElementType.F64,
            "torch.FloatStorage", ElementType.F32,
            "torch.HalfStorage", ElementType.F16,
            "torch.BFloat16Storage", ElementType.BF16,
            "torch.LongStorage", ElementType.I64,
            "torch.IntStorage", ElementType.I32,
            "torch.ShortStorage", ElementType.I16,
            "torch.CharStorage", ElementType.I8,
            "torch.ByteStorage", ElementType.U8,
            "torch.BoolStorage", ElementType.BOOL);

    private static final List<String> INERT = List.of(
            "argparse.Namespace",
            "numpy.dtype",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray.scalar",
            "_codecs.encode",
            "torch.device",
            "torch.float64",
            "torch.float32",
            "torch.float16",
            "torch.bfloat16");

    private static final Map<String, PickleClass> CLASSES = new HashMap<>();

    static {
        for (String storage : STORAGES.keySet()) {
            add(storage, arguments -> {
                throw new IllegalArgumentException("it makes a storage by itself");
            });
        }
        for (String inert : INERT) {
            add(inert, arguments -> new PyObject(inert));
        }
        add("collections.OrderedDict", PickleClasses::orderedDict);
        add("torch.Size", arguments -> argument(arguments, 0, PyTuple.class));
        add("torch._utils._rebuild_tensor", PickleClasses::tensor);
        add("torch._utils._rebuild_tensor_v2", PickleClasses::tensor);
        add("torch._utils._rebuild_parameter", arguments -> argument(arguments, 0, TorchTensor.class));
    }

    private PickleClasses() {}

    private static void add(String name, PickleClass.Maker maker) {
        CLASSES.put(name, new PickleClass(name, maker));
    }

    /** The class of that name, or null if it is not allowed. */
    static PickleClass find(String module, String name) {
        return CLASSES.get(module + "." + name);
    }

    /** The element type of a storage class, or null if it is none. */
    static ElementType elementType(PickleClass storage) {
        return STORAGES.get(storage.name());
    }

    /** Empty; torch.save fills it with the opcodes of a dict. */
    private static Map<Object, Object> orderedDict(List<Object> arguments) {
        if (!arguments.isEmpty()) {
            throw new IllegalArgumentException("it makes an OrderedDict from a list");
        }
        return new LinkedHashMap<>();
    }

    /** Arguments: storage, offset in elements, sizes, strides in elements, and what only training needs. */
    private static TorchTensor tensor(List<Object> arguments) {
        return TorchTensor.of(
                argument(arguments, 0, TorchStorage.class),
                argument(arguments, 1, Long.class),
                wholes(argument(arguments, 2, PyTuple.class)),
                wholes(argument(arguments, 3, PyTuple.class)));
    }

    private static long[] wholes(PyTuple tuple) {
        return tuple.items().stream()
                .mapToLong(item -> {
                    if (item instanceof Long whole) {
                        return whole;
                    }
                    throw new IllegalArgumentException("a tensor's size is no whole number");
                })
                .toArray();
    }

    private static <T> T argument(List<Object> arguments, int index, Class<T> type) {
        if (index < arguments.size() && type.isInstance(arguments.get(index))) {
            return type.cast(arguments.get(index));
        }
        throw new IllegalArgumentException("a call in it lacks an argument or has a wrong one");
    }
}
