package attmask.checkpoint;

import attmask.config.UserException;
import attmask.fuzz.FuzzTarget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A safetensors file: its header, and every tensor in every form. */
public final class SafeTensorsFuzz implements FuzzTarget {
    private static final String FILE = "fuzz.safetensors";

    @Override
    public List<byte[]> seeds() {
        return List.of(
                file("{}", 0),
                file(
                        "{\"__metadata__\":{\"kind\":\"none\"},\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
                                + "\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[16,24]}}  ",
                        24),
                file(
                        "{\"d\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                                + "\"e\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[4,8]},"
                                + "\"f\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[8,14]},"
                                + "\"g\":{\"dtype\":\"BF16\",\"shape\":[1,1],\"data_offsets\":[14,16]}}",
                        16),
                file(
                        "{\"h\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                                + "\"i\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[3,5]},"
                                + "\"j\":{\"dtype\":\"F32\",\"shape\":[0,2147483647],\"data_offsets\":[5,5]}}",
                        5));
    }

    private static byte[] file(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        return Map.of(FILE, input);
    }

    @Override
    public void read(byte[] input, Path folder) {
        try (SafeTensors file = SafeTensors.open(folder.resolve(FILE))) {
            for (String name : file.names()) {
                file.floats(name);
                file.doubles(name);
                for (Runnable asIntegers : List.<Runnable>of(
                        () -> file.longs(name),
                        () -> file.ints(name),
                        () -> file.booleans(name),
                        () -> file.bytes(name))) {
                    readOrRefuse(asIntegers);
                }
            }
        }
    }

    /** A tensor of floats is not to be had as integers. */
    private static void readOrRefuse(Runnable reading) {
        try {
            reading.run();
        } catch (UserException e) {
            if (e.getMessage().isEmpty()) {
                throw new AssertionError("no reason", e);
            }
        }
    }
}
