package attmask.comparison;

import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.file.WholeFile;
import attmask.ops.Backend;
import attmask.train.RunDirectory;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The measured numbers of a finished run, kept in its folder as {@code evaluation.json}. */
final class Evaluation {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, Double>> NUMBERS = new TypeReference<>() {};

    private Evaluation() {}

    private static Path file(RunDirectory run) {
        return run.folder().resolve("evaluation.json");
    }

    /**
     * What is known so far.
     *
     * @throws UserException if the file is damaged
     */
    static Map<String, Double> read(RunDirectory run) {
        Path file = file(run);
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            Map<String, Double> known = new LinkedHashMap<>();
            JSON.readValue(file.toFile(), NUMBERS)
                    .forEach((name, value) -> known.put(UserException.plain(name), Objects.requireNonNull(value)));
            return known;
        } catch (IOException | NullPointerException e) {
            throw new UserException(file + " is damaged; delete it to have the run evaluated again", e);
        }
    }

    /** What is known, for a line. */
    static String text(RunDirectory run) {
        return read(run).entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.2f %%", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining("  "));
    }

    /** Measures what is not known yet; true if there was something. */
    static boolean complete(RunDirectory run, List<Measure> measures, DataSet data, Backend backend, int threads) {
        Map<String, Double> known = new LinkedHashMap<>(read(run));
        List<Measure> missing = measures.stream()
                .filter(measure -> !known.keySet().containsAll(measure.names()))
                .toList();
        if (missing.isEmpty()) {
            return false;
        }
        Frozen frozen = new Frozen(run.checkpoint(), data, backend, threads);
        missing.forEach(measure -> known.putAll(measure.of(frozen)));
        String json = JSON.valueToTree(known).toString();
        WholeFile.write(file(run), out -> out.write(json.getBytes(StandardCharsets.UTF_8)));
        return true;
    }
}
