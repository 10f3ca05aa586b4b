package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.report.tensorboard.ShownEvents;
import attmask.testkit.Python;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run leaves for others to read: event files and the log. Two epochs of three steps. */
class TensorBoardCommandTest {
    private static final Path LOG_PAGE = Path.of("docs/log.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static Path trained;

    @TempDir
    Path own;

    private static Outcome train(Path output, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "train",
                "--output=" + output,
                "--width=24",
                "--depth=2",
                "--heads=2",
                "--patch=8",
                "--epochs=2",
                "--batch-size=8",
                "--threads=2",
                "--device=cpu",
                "--set=head.hidden=16",
                "--set=head.bottleneck=8",
                "--set=head.prototypes=16",
                "--set=data.shapesTrain=24",
                "--set=data.shapesValidation=10",
                "--set=augmentation.localSize=16",
                "--set=optimizer.freezeLastLayer=1",
                "--set=run.keepEvery=1"));
        args.addAll(List.of(more));
        return Outcome.of(args.toArray(String[]::new));
    }

    @BeforeAll
    static void train() {
        trained = folder.resolve("run");
        Outcome outcome = train(trained);
        assertEquals(0, outcome.code(), outcome.err());
    }

    private static List<JsonNode> log(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("log.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    /** The log's numbers under a name, by step. */
    private static Map<Long, Double> logged(Path run, String kind, String field) throws IOException {
        Map<Long, Double> values = new TreeMap<>();
        for (JsonNode line : log(run)) {
            if (line.get("kind").asText().equals(kind) && line.has(field)) {
                values.put(line.get("step").asLong(), (double)
                        (float) line.get(field).asDouble());
            }
        }
        return values;
    }

    private static void assertShowsItsLog(Path run) throws IOException {
        ShownEvents shown = new ShownEvents(run);
        assertEquals(logged(run, "step", "loss"), shown.curve("loss_of_step/total"));
        assertEquals(logged(run, "epoch", "train_patch"), shown.curve("loss/patch"));
        assertEquals(logged(run, "epoch", "images_per_s"), shown.curve("time/images_per_s"));
        Map<Long, Double> neighbours = logged(run, "epoch", "knn10_top1");
        neighbours.putAll(logged(run, "eval", "knn10_top1"));
        assertEquals(neighbours, shown.curve("knn/10_top1"));
        assertEquals(Set.of(0L, 3L, 6L), shown.series("masks").keySet());
        assertEquals(1, shown.series("settings").size());
    }

    @Test
    void aTrainedRunShowsItsLog() throws IOException {
        assertShowsItsLog(trained);
        assertEquals(6, logged(trained, "step", "loss").size());
    }

    @Test
    void everyFieldHasATagOfItsOwn() throws IOException {
        List<String> tags = new ShownEvents(trained).tags();
        assertEquals(
                List.of(),
                tags.stream().filter(tag -> tag.matches("(epoch|step|eval)/.*")).toList());
        Set<String> fields = new TreeSet<>();
        log(trained).forEach(line -> line.fieldNames().forEachRemaining(fields::add));
        // kind, epoch and step; losses are of a step and, under other names, of an epoch; data_wait_ms is of both.
        assertEquals(fields.size() - 3 + 2 + 1, tags.size(), "beside fields, masks and settings: " + tags + fields);
    }

    @Test
    void offMeansNoneAndTheSameBytes() throws IOException {
        Path run = own.resolve("off");
        assertEquals(0, train(run, "--tensorboard=off").code());
        assertEquals(List.of(), ShownEvents.files(run));
        assertArrayEquals(
                Files.readAllBytes(trained.resolve("checkpoint.safetensors")),
                Files.readAllBytes(run.resolve("checkpoint.safetensors")));

        Outcome made = Outcome.of("tensorboard", own.toString());
        assertEquals(0, made.code(), made.err());
        assertTrue(made.out().startsWith("off: event file written"), made.out());
        assertShowsItsLog(run);
        assertTrue(Outcome.of("tensorboard", run.toString()).out().contains("off: has event files"));
        assertEquals(1, ShownEvents.files(run).size());
    }

    /** Stopped somewhere in the second epoch, continued from the checkpoint of the first. */
    @Test
    void aContinuedRunShowsItsLogToo() throws IOException {
        Path run = own.resolve("run");
        try (Stream<Path> files = Files.walk(trained)) {
            for (Path file : files.toList()) {
                Files.copy(file, run.resolve(trained.relativize(file).toString()));
            }
        }
        Files.copy(
                run.resolve("checkpoint-0001.safetensors"),
                run.resolve("checkpoint.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        Outcome outcome = Outcome.of("train", "--resume", "--output=" + run);
        assertEquals(0, outcome.code(), outcome.err());
        assertEquals(2, ShownEvents.files(run).size());
        assertShowsItsLog(run);
    }

    @Test
    void wrongUseIsOneLine() throws IOException {
        Outcome none = Outcome.of("tensorboard", own.toString());
        assertEquals(1, none.code());
        assertTrue(none.err().contains("holds no run") && none.err().lines().count() == 1, none.err());
        assertEquals(2, Outcome.of("tensorboard").code());
        assertEquals(2, train(own.resolve("run"), "--tensorboard=maybe").code());
        Files.copy(trained.resolve("config.json"), own.resolve("config.json"));
        assertTrue(Outcome.of("tensorboard", own.toString()).out().contains("has no log.jsonl yet"));
    }

    /** docs/log.md has a row for each field, and none that no run writes. */
    @ParameterizedTest
    @ValueSource(strings = {"eval", "epoch", "step"})
    void theFieldsAreDocumented(String kind) throws IOException {
        Set<String> fields = new TreeSet<>();
        for (JsonNode line : log(trained)) {
            if (line.get("kind").asText().equals(kind)) {
                line.fieldNames().forEachRemaining(name -> fields.add(name.replaceAll("^knn\\d+_", "knnK_")));
            }
        }
        String page = Files.readString(LOG_PAGE);
        String section = page.substring(page.indexOf("## `" + kind + "`")).split("\n## ", 2)[0];
        Set<String> rows = Pattern.compile("^\\| `([^|]*)` \\|", Pattern.MULTILINE)
                .matcher(page.split("\n## ", 2)[0] + section)
                .results()
                .flatMap(row -> Pattern.compile("`, `").splitAsStream(row.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(fields, rows);
    }

    @Test
    void pandasReadsTheLogInOneLine() throws IOException, InterruptedException {
        String said = Python.with("pandas")
                .run(
                        "-c",
                        "import sys, pandas; log = pandas.read_json(sys.argv[1], lines=True); "
                                + "epochs = log[log.kind == 'epoch'].set_index('epoch'); "
                                + "print(log.shape[0], list(epochs.index), epochs.train_loss[2])",
                        trained.resolve("log.jsonl").toString());
        double loss = log(trained).get(8).get("train_loss").asDouble();
        assertTrue(said.startsWith("9 [1, 2] "), said);
        // pandas' own reading of decimals is a few units off in the last place.
        assertEquals(loss, Double.parseDouble(said.substring(9).strip()), 1e-14 * loss);
    }
}
