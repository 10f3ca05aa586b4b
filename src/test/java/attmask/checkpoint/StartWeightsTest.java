package attmask.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.exchange.Fixtures;
import attmask.checkpoint.exchange.SafeTensorsExport;
import attmask.config.ConfigLoader;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ops.BicubicTaps;
import attmask.ops.cpu.CpuBackend;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartWeightsTest {
    @TempDir
    Path folder;

    private final Backend backend = new CpuBackend(1);
    private Path full;

    @BeforeEach
    void importTheFixture() throws IOException {
        full = Fixtures.imported(Fixtures.copy("full.pth", folder), Fixtures.HEADS);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    /** Settings of a run that fits the fixture, changed. */
    private static TrainConfig config(Path init, String... changes) {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "model.image", "8",
                "model.patch", "4",
                "model.width", "8",
                "model.depth", "2",
                "model.heads", "2",
                "model.mlpRatio", "2",
                "head.hidden", "6",
                "head.bottleneck", "4",
                "head.prototypes", "5",
                "augmentation.localCrops", "0"));
        settings.put("head.patchPrototypes", "5");
        settings.put("run.init", init.toString());
        for (String change : changes) {
            settings.put(change.split("=")[0], change.split("=")[1]);
        }
        ConfigLoader loader = ConfigLoader.preset("shapes");
        settings.forEach((path, value) -> loader.set(path, value, "test"));
        return loader.resolve();
    }

    private SelfDistillation learned(TrainConfig config) {
        CropSet crops =
                new CropSet(2, config.globalSize(), 0, config.augmentation().localSize());
        SelfDistillation learned =
                new SelfDistillation(backend, config.model(), config.head(), config.loss(), crops, -1, 16);
        learned.allocate().initialize(7);
        return learned;
    }

    private float[] values(Parameters parameters, String name) {
        float[] values = new float[(int) parameters.get(name).count()];
        backend.read(parameters.get(name), values);
        return values;
    }

    @Test
    void bothNetworksStartWhereTheyWere() {
        TrainConfig config = config(full);
        try (SelfDistillation learned = learned(config);
                CheckpointFile file = CheckpointFile.open(full)) {
            String said = new StartWeights(config).load(backend, learned);
            assertEquals("started from " + full + " (both networks, heads)", said);
            ModelWeights weights = file.weights();
            assertEquals(
                    weights.student().size(),
                    learned.studentParameters().layout().parameters().size());
            weights.student()
                    .forEach((name, tensor) ->
                            assertArrayEquals(tensor.floats(), values(learned.studentParameters(), name), name));
            weights.teacher()
                    .forEach((name, tensor) ->
                            assertArrayEquals(tensor.floats(), values(learned.teacherParameters(), name), name));
            float[] center = new float[5];
            backend.read(learned.centers().patch(), center);
            assertArrayEquals(new float[] {-2, -1, 0, 1, 2}, center);
        }
    }

    @Test
    void aFreshHeadIsThatOfAnyRun() {
        TrainConfig config = config(full, "run.freshHead=true", "head.prototypes=9", "head.patchPrototypes=9");
        try (SelfDistillation learned = learned(config);
                SelfDistillation plain = learned(config)) {
            assertTrue(new StartWeights(config).load(backend, learned).endsWith("(both networks, new heads)"));
            for (String name : List.of("head.mlp.0.weight", "head.last_layer.weight_v")) {
                assertArrayEquals(
                        values(plain.studentParameters(), name), values(learned.studentParameters(), name), name);
                assertArrayEquals(
                        values(learned.studentParameters(), name), values(learned.teacherParameters(), name), name);
            }
            assertFalse(Arrays.equals(
                    values(plain.studentParameters(), "norm.weight"),
                    values(learned.studentParameters(), "norm.weight")));
        }
    }

    @Test
    void aBackboneAloneStartsBothNetworks() throws IOException {
        Path timm = folder.resolve("timm.safetensors");
        try (CheckpointFile file = CheckpointFile.open(full)) {
            SafeTensorsExport.timm(file.weights(), timm);
        }
        Path backbone = Fixtures.imported(timm, Fixtures.HEADS);
        TrainConfig config = config(backbone, "head.prototypes=3", "head.patchPrototypes=3");
        try (SelfDistillation learned = learned(config);
                CheckpointFile file = CheckpointFile.open(full)) {
            assertTrue(new StartWeights(config).load(backend, learned).endsWith("(teacher, new heads)"));
            file.weights().backbone().forEach((name, tensor) -> {
                assertArrayEquals(tensor.floats(), values(learned.studentParameters(), name), name);
                assertArrayEquals(tensor.floats(), values(learned.teacherParameters(), name), name);
            });
        }
    }

    /** The length of a header may look like the beginning of a pickle or of a zip archive. */
    @ParameterizedTest
    @ValueSource(ints = {0x80, 0x4B50})
    void anyLengthOfHeaderIsRead(int ending) throws IOException {
        ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(full)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(whole.getLong(0));
        int modulus = ending > 0xFF ? 0x10000 : 0x100;
        int padded = header + Math.floorMod(ending - header, modulus);
        ByteBuffer longer =
                ByteBuffer.allocate(whole.capacity() + padded - header).order(ByteOrder.LITTLE_ENDIAN);
        longer.putLong(padded).put(whole.array(), Long.BYTES, header);
        longer.put(" ".repeat(padded - header).getBytes(StandardCharsets.US_ASCII));
        longer.put(whole.array(), Long.BYTES + header, whole.capacity() - Long.BYTES - header);
        Path file = folder.resolve("longer.safetensors");
        Files.write(file, longer.array());
        try (CheckpointFile same = CheckpointFile.open(file);
                CheckpointFile original = CheckpointFile.open(full)) {
            assertEquals(original.config(), same.config());
        }
    }

    @Test
    void positionsAreResizedToTheRunsImages() {
        TrainConfig config = config(full, "model.image=12x8");
        try (SelfDistillation learned = learned(config);
                CheckpointFile file = CheckpointFile.open(full)) {
            String said = new StartWeights(config).load(backend, learned);
            assertTrue(said.endsWith("(both networks, heads, positions resized from 2x2 to 3x2)"), said);
            float[] before = file.weights().teacher().get("pos_embed").floats();
            float[] after = values(learned.teacherParameters(), "pos_embed");
            assertEquals(7 * 8, after.length);
            BicubicTaps rows = BicubicTaps.of(2, 3);
            BicubicTaps columns = BicubicTaps.of(2, 2);
            for (int d = 0; d < 8; d++) {
                assertEquals(before[d], after[d], "[CLS] is not moved");
                double first = 0;
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < 4; j++) {
                        int source = 1 + 2 * rows.index()[0][i] + columns.index()[0][j];
                        first += rows.weight()[0][i] * columns.weight()[0][j] * before[source * 8 + d];
                    }
                }
                assertEquals(first, after[8 + d], 1e-6, "the rounding of sixteen float products below 1");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.width=12      | cls_token is (1, 1, 8), needs (1, 1, 12)",
                "model.depth=3       | blocks.2.norm1.weight is missing",
                "model.depth=1       | blocks.1.norm1.weight is (8) there, and the run's model has none",
                "model.heads=4       | its model has 2 attention heads, the run's 4",
                "model.patch=2       | patch_embed.proj.weight is (8, 3, 4, 4), needs (8, 3, 2, 2)",
                "model.mlpRatio=4    | blocks.0.mlp.fc1.weight is (16, 8), needs (32, 8)",
                "head.hidden=7       | head.mlp.0.weight is (6, 8), needs (7, 8)",
                "head.shared=false   | head.last_layer2.weight_g is missing",
            })
    void aMisfitIsNamed(String change, String complaint) {
        TrainConfig config = config(full, change);
        UserException e = assertThrows(UserException.class, () -> new StartWeights(config));
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertTrue(e.getMessage().startsWith("cannot start from " + full), e.getMessage());
    }

    @Test
    void otherFilesAreSentToImport() {
        Path foreign = folder.resolve("full.pth");
        UserException e = assertThrows(UserException.class, () -> new StartWeights(config(foreign)));
        assertEquals(foreign + " is a PyTorch file; bring it in first with: import " + foreign, e.getMessage());
    }

    @Test
    void weightsAloneCannotBeResumed() {
        TrainConfig config = config(full);
        try (SelfDistillation learned = learned(config)) {
            UserException e =
                    assertThrows(UserException.class, () -> Checkpoint.restore(full, config, 10, backend, learned));
            assertTrue(e.getMessage().contains("it holds weights only"), e.getMessage());
        }
    }
}
