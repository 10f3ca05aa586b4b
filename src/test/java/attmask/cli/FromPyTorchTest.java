package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/from-pytorch.md says what the options are. */
class FromPyTorchTest {
    private static final Path PAGE = Path.of("docs/from-pytorch.md");
    private static final Pattern ROW = Pattern.compile("\\| `(--[a-z0-9_]+)` \\| (?:`(--[a-z-]+)`|—) \\|.*");

    /** The original's options and ours, which is "" where there is none. */
    private static Map<String, String> table() throws IOException {
        Map<String, String> table = new LinkedHashMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                table.put(row.group(1), row.group(2) == null ? "" : row.group(2));
            }
        }
        assertEquals(55, table.size(), "every option of the original's parser");
        return table;
    }

    private static List<ConfigOption> options() {
        return ConfigOptions.byHeading().values().stream().flatMap(List::stream).toList();
    }

    @Test
    void everyRowIsTrue() throws IOException {
        table().forEach((original, ours) -> {
            List<ConfigOption> takers = options().stream()
                    .filter(option ->
                            option.name().equals(original) || option.aliases().contains(original))
                    .toList();
            List<String> expected = ours.isEmpty() ? List.of() : List.of(ours);
            assertEquals(expected, takers.stream().map(ConfigOption::name).toList(), original);
        });
    }

    @Test
    void everyNameOfTheOriginalThatIsTakenIsInTheTable() throws IOException {
        Set<String> missing = new TreeSet<>();
        for (ConfigOption option : options()) {
            option.aliases().stream().filter(alias -> alias.contains("_")).forEach(missing::add);
        }
        missing.removeAll(table().keySet());
        assertEquals(Set.of(), missing);
    }
}
