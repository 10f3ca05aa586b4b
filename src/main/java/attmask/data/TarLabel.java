package attmask.data;

import attmask.file.Untrusted;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The label of a WebDataset sample: the text of its {@code .cls}, or a field of its {@code .json}. */
final class TarLabel {
    private static final List<String> FIELDS = List.of("label", "cls");
    private static final ObjectMapper JSON = new ObjectMapper();

    private TarLabel() {}

    /** Gives a member's bytes. */
    interface Reader {
        byte[] read(TarIndex.Member member) throws IOException;
    }

    /**
     * @param cls the sample's file of that ending, or null
     * @param json the sample's file of that ending, or null
     * @return null if there is no label
     * @throws IOException if the label cannot be read
     */
    static String of(Reader reader, TarIndex.Member cls, TarIndex.Member json) throws IOException {
        try {
            if (cls != null) {
                return new String(reader.read(cls), StandardCharsets.UTF_8).strip();
            }
            return json == null ? null : field(JSON.readTree(reader.read(json)));
        } catch (JsonProcessingException e) {
            throw new IOException(Untrusted.shown(json.name()) + " is no JSON", e);
        }
    }

    private static String field(JsonNode sample) {
        for (String field : FIELDS) {
            JsonNode value = sample.path(field);
            if (value.isIntegralNumber() || value.isTextual()) {
                return value.asText();
            }
        }
        return null;
    }
}
