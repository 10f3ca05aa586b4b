package attmask.checkpoint;

import attmask.config.UserException;
import attmask.file.Untrusted;
import attmask.tensor.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON header of a safetensors file, checked against the size of the data behind it. */
final class SafeTensorsHeader {
    /** The format's own limit. */
    static final int LARGEST = 100_000_000;

    /** What a header may hold, so that a damaged one cannot take much memory or stack. */
    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(16)
            .maxNumberLength(40)
            .maxNameLength(100_000)
            .maxStringLength(LARGEST)
            .build();

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(LIMITS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final String file;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private SafeTensorsHeader(String file) {
        this.file = file;
    }

    /**
     * @param file name of the file, for messages
     * @param header the JSON text
     * @param dataBytes size of the data that follows the header
     * @throws UserException if anything in it is wrong
     */
    static SafeTensorsHeader parse(String file, byte[] header, long dataBytes) {
        SafeTensorsHeader parsed = new SafeTensorsHeader(file);
        try (JsonParser json = JSON.createParser(parsed.utf8(header))) {
            parsed.header(json);
        } catch (JsonProcessingException e) {
            throw parsed.damaged("its header is not valid JSON: " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw parsed.damaged("its header cannot be read: " + firstLine(e.getMessage()));
        }
        parsed.requireContiguous(dataBytes);
        return parsed;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    private String utf8(byte[] header) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(header))
                    .toString();
        } catch (CharacterCodingException e) {
            throw damaged("its header is not valid UTF-8");
        }
    }

    private void header(JsonParser json) throws IOException {
        require(json.nextToken() == JsonToken.START_OBJECT, "its header does not start with {");
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            require(
                    json.nextToken() == JsonToken.START_OBJECT,
                    "entry '" + Untrusted.shown(name) + "' is not an object");
            if (name.equals("__metadata__")) {
                metadata(json);
            } else {
                tensors.put(name, tensor(json, name));
            }
        }
        require(json.nextToken() == null, "its header goes on after the closing }");
    }

    private void metadata(JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            require(
                    json.nextToken() == JsonToken.VALUE_STRING,
                    "metadata '" + Untrusted.shown(key) + "' is not a string");
            metadata.put(key, json.getText());
        }
    }

    private TensorInfo tensor(JsonParser json, String name) throws IOException {
        ElementType type = null;
        List<Long> sizes = null;
        List<Long> offsets = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            JsonToken value = json.nextToken();
            switch (key) {
                case "dtype" -> {
                    require(value == JsonToken.VALUE_STRING, of(name) + " has a dtype that is not a string");
                    type = type(name, json.getText());
                }
                case "shape" -> sizes = integers(json, name, key);
                case "data_offsets" -> offsets = integers(json, name, key);
                default -> json.skipChildren();
            }
        }
        require(type != null, of(name) + " has no dtype");
        require(sizes != null, of(name) + " has no shape");
        require(offsets != null && offsets.size() == 2, of(name) + " has no data_offsets [begin, end]");
        Shape shape = shape(name, sizes, type.bytes(), offsets.get(0), offsets.get(1));
        return new TensorInfo(name, type, shape, offsets.get(0), offsets.get(1));
    }

    private ElementType type(String name, String text) {
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw damaged(of(name) + " has the unknown dtype '" + Untrusted.shown(text) + "'; known are "
                + List.of(ElementType.values()));
    }

    private List<Long> integers(JsonParser json, String name, String key) throws IOException {
        require(json.currentToken() == JsonToken.START_ARRAY, of(name) + " has a " + key + " that is not a list");
        List<Long> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
            require(whole && json.getLongValue() >= 0, of(name) + " has a " + key + " with an impossible value");
            values.add(json.getLongValue());
        }
        return values;
    }

    private Shape shape(String name, List<Long> sizes, int elementBytes, long begin, long end) {
        int[] dims = new int[sizes.size()];
        long bytes = sizes.contains(0L) ? 0 : elementBytes;
        try {
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Math.toIntExact(sizes.get(i));
                bytes = Math.multiplyExact(bytes, dims[i]);
            }
        } catch (ArithmeticException e) {
            throw damaged(of(name) + " has an impossibly large shape " + Untrusted.shown(sizes.toString()));
        }
        require(
                begin <= end && end - begin == bytes,
                of(name) + " needs " + bytes + " bytes for its shape, but its data_offsets are [" + begin + ", " + end
                        + "]");
        return Shape.of(dims);
    }

    /** Every byte of the data belongs to exactly one tensor: no overlap, no gap, nothing left over. */
    private void requireContiguous(long dataBytes) {
        List<TensorInfo> byPlace = new ArrayList<>(tensors.values());
        byPlace.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        long place = 0;
        for (TensorInfo tensor : byPlace) {
            require(
                    tensor.begin() == place,
                    of(tensor.name()) + " begins at byte " + tensor.begin()
                            + (tensor.begin() < place ? ", inside another tensor" : ", after a gap")
                            + "; byte " + place + " was due");
            place = tensor.end();
        }
        require(
                place == dataBytes,
                "its tensors take " + place + " bytes, but " + dataBytes + " follow the header"
                        + (place > dataBytes ? " (cut short?)" : ""));
    }

    private void require(boolean condition, String complaint) {
        if (!condition) {
            throw damaged(complaint);
        }
    }

    private static String of(String name) {
        return "tensor '" + Untrusted.shown(name) + "'";
    }

    private UserException damaged(String complaint) {
        return new UserException(file + " is not a usable safetensors file: " + complaint);
    }

    private static String firstLine(String message) {
        return Untrusted.shown(
                message == null ? "unknown reason" : message.lines().findFirst().orElse(""));
    }
}
