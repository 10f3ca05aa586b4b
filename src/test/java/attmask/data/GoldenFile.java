package attmask.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Just enough of safetensors to read the golden images: 8 bytes of header length, JSON, raw data. */
record GoldenFile(JsonNode header, byte[] file, int dataStart) {
    static GoldenFile open(String resource) throws IOException {
        try (InputStream in = GoldenFile.class.getResourceAsStream(resource)) {
            byte[] file = in.readAllBytes();
            int length =
                    (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            return new GoldenFile(new ObjectMapper().readTree(file, 8, length), file, 8 + length);
        }
    }

    JsonNode ops() throws IOException {
        return new ObjectMapper().readTree(header.get("__metadata__").get("ops").asText());
    }

    RgbImage image(String name) {
        JsonNode entry = header.get(name);
        int from = dataStart + entry.get("data_offsets").get(0).asInt();
        int to = dataStart + entry.get("data_offsets").get(1).asInt();
        JsonNode shape = entry.get("shape");
        return new RgbImage(shape.get(1).asInt(), shape.get(0).asInt(), Arrays.copyOfRange(file, from, to));
    }
}
