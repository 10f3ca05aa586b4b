package attmask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every row of docs/faults.md names tests; they are there. */
class DocumentedFaultsTest {
    private static final String USUAL = "FaultsTest";
    private static final Pattern NAMED = Pattern.compile("`([^`]+)`");

    @Test
    void everyNamedTestIsThere() throws IOException {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        int rows = 0;
        for (String row : Files.readAllLines(Path.of("docs/faults.md"))) {
            String[] cells = row.split("\\|");
            if (!row.startsWith("| ") || cells[cells.length - 1].isBlank() || row.endsWith("| test |")) {
                continue;
            }
            List<String> named = NAMED.matcher(cells[cells.length - 1])
                    .results()
                    .map(match -> match.group(1))
                    .filter(name -> !name.startsWith("make "))
                    .toList();
            assertTrue(!named.isEmpty(), "no test: " + row);
            named.stream().filter(name -> !isThere(name, sources)).forEach(missing::add);
            rows++;
        }
        assertEquals(List.of(), missing);
        assertTrue(rows > 30, "only " + rows + " rows were found");
    }

    /** Sources of tests by the names of their classes. */
    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            List<Path> tests =
                    files.filter(file -> file.toString().endsWith("Test.java")).toList();
            return tests.stream()
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), DocumentedFaultsTest::text));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@code Class}, {@code Class.test}, or a {@code test} of the usual class; a rule of architecture is a field. */
    private static boolean isThere(String name, Map<String, String> sources) {
        boolean whole = Character.isUpperCase(name.charAt(0));
        String[] parts = (whole ? name : USUAL + "." + name).split("\\.");
        String source = sources.get(parts[0]);
        return source != null
                && (parts.length == 1
                        || source.contains("void " + parts[1] + "(")
                        || source.contains("ArchRule " + parts[1] + " "));
    }
}
