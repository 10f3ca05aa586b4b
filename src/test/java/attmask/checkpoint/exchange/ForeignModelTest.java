package attmask.checkpoint.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.CheckpointFile;
import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.SafeTensors;
import attmask.checkpoint.SafeTensorsWriter;
import attmask.checkpoint.StoredTensor;
import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.tensor.Shape;
import attmask.testkit.CheckpointEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignModelTest {
    /** The bound of the issue; measured 5e-7, the rounding of float32 in another order of sums. */
    private static final double BOUND = 1e-5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"full.pth", "legacy.pth"})
    void featuresAreThoseOfPyTorch(String name) throws IOException {
        SafeTensors expected = Fixtures.expected();
        Path checkpoint = Fixtures.imported(Fixtures.copy(name, folder), Fixtures.HEADS);
        try (Backend backend = new CpuBackend(1);
                CheckpointEncoder encoder = new CheckpointEncoder(checkpoint, backend, Fixtures.IMAGES)) {
            float[] images = expected.floats("images");
            assertArrayEquals(expected.floats("features"), encoder.features(images), (float) BOUND);
            assertArrayEquals(expected.doubles("scores"), encoder.scores(images), BOUND);
        }
    }

    @Test
    void aFullCheckpointGivesAllItsParts() throws IOException {
        try (ForeignModel model = ForeignModel.open(Fixtures.copy("full.pth", folder), Fixtures.HEADS, null)) {
            ModelWeights weights = model.weights();
            assertEquals(
                    new ModelConfig(
                            Size.square(8),
                            4,
                            8,
                            2,
                            2,
                            2,
                            weights.config().model().dropPath()),
                    weights.config().model());
            assertEquals(
                    new HeadConfig(6, 4, 5, 5, true, false), weights.config().head());
            assertTrue(weights.student().containsKey("masked_embed"));
            assertFalse(weights.teacher().containsKey("masked_embed"));
            assertTrue(weights.hasHead());
            assertFalse(weights.teacher().containsKey("head.last_layer2.weight_v"), "a shared layer, once");
            assertEquals(List.of("optimizer", "epoch", "args"), model.leftOut());
            assertArrayEquals(
                    new float[] {-1, -0.5f, 0, 0.5f, 1},
                    weights.centers().get(ModelWeights.CLS_CENTER).floats());
            assertEquals(
                    Shape.of(1, 5),
                    weights.centers().get(ModelWeights.PATCH_CENTER).shape());
            assertEquals("PyTorch zip archive", model.description());
        }
    }

    @Test
    void withoutATeacherTheStudentIsEvaluated() throws IOException {
        Path studentOnly = rewritten(tensors -> tensors.keySet().removeIf(name -> name.startsWith("teacher.")));
        SafeTensors expected = Fixtures.expected();
        try (Backend backend = new CpuBackend(1);
                CheckpointEncoder encoder =
                        new CheckpointEncoder(Fixtures.imported(studentOnly, 2), backend, Fixtures.IMAGES)) {
            assertArrayEquals(
                    expected.floats("student_features"), encoder.features(expected.floats("images")), (float) BOUND);
        }
    }

    /** The full checkpoint as safetensors under the original names, changed. */
    private Path rewritten(Consumer<Map<String, StoredTensor>> change) throws IOException {
        Path original = folder.resolve("original.safetensors");
        try (ForeignModel model = ForeignModel.open(Fixtures.copy("full.pth", folder), Fixtures.HEADS, null)) {
            SafeTensorsExport.original(model.weights(), original);
        }
        Path changed = folder.resolve("changed.safetensors");
        try (SafeTensors file = SafeTensors.open(original)) {
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.tensor(name)));
            change.accept(tensors);
            SafeTensorsWriter writer = new SafeTensorsWriter();
            tensors.forEach(writer::tensor);
            writer.write(changed);
        }
        return changed;
    }

    @Test
    void importThenExportGivesTheSameBytes() throws IOException {
        Path same = rewritten(tensors -> {});
        try (SafeTensors exported = SafeTensors.open(same);
                CheckpointFile checkpoint =
                        CheckpointFile.open(Fixtures.imported(folder.resolve("full.pth"), Fixtures.HEADS));
                ForeignFile original = ForeignFile.open(folder.resolve("full.pth"))) {
            int compared = 0;
            for (String part : List.of("student", "teacher", "ibot_loss")) {
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) original.root().get(part)).entrySet()) {
                    StoredTensor tensor = (StoredTensor) entry.getValue();
                    String name = part + "." + entry.getKey();
                    assertEquals(tensor.shape(), exported.shape(name), name);
                    assertBitEqual(tensor.floats(), exported.floats(name), name);
                    compared++;
                }
            }
            assertEquals(exported.names().size(), compared, "every name of the original, and no other");
            checkpoint
                    .weights()
                    .backbone()
                    .forEach((name, tensor) ->
                            assertBitEqual(exported.floats("teacher.backbone." + name), tensor.floats(), name));
        }
    }

    private static void assertBitEqual(float[] expected, float[] actual, String name) {
        assertEquals(expected.length, actual.length, name);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(actual[i]), name);
        }
    }

    /** The whole list of names in timm 1.0 for a VisionTransformer without classifier (num_classes=0). */
    @Test
    void timmsNamesAreTimms() throws IOException {
        Path out = folder.resolve("timm.safetensors");
        try (ForeignModel model = ForeignModel.open(Fixtures.copy("legacy.pth", folder), Fixtures.HEADS, null)) {
            SafeTensorsExport.timm(model.weights(), out);
        }
        List<String> expected =
                new ArrayList<>(List.of("cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"));
        for (int i = 0; i < 2; i++) {
            for (String module : List.of("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")) {
                expected.add("blocks." + i + "." + module + ".weight");
                expected.add("blocks." + i + "." + module + ".bias");
            }
        }
        expected.addAll(List.of("norm.weight", "norm.bias"));
        try (SafeTensors file = SafeTensors.open(out)) {
            assertEquals(expected, List.copyOf(file.names()));
        }
        try (ForeignModel back = ForeignModel.open(out, Fixtures.HEADS, null)) {
            assertFalse(back.weights().hasHead());
            assertTrue(back.weights().student().isEmpty());
        }
    }

    @Test
    void separateLastLayersStaySeparate() throws IOException {
        Path separate = rewritten(tensors -> {
            tensors.put("student.module.head.last_layer2.weight_v", constant(0.5f, 7, 4));
            tensors.put("student.module.head.last_layer2.weight_g", constant(1f, 7, 1));
            tensors.put("teacher.head.last_layer2.weight_v", constant(0.25f, 7, 4));
            tensors.put("teacher.head.last_layer2.weight_g", constant(1f, 7, 1));
        });
        try (ForeignModel model = ForeignModel.open(separate, 2, null)) {
            assertEquals(
                    new HeadConfig(6, 4, 5, 7, false, false),
                    model.weights().config().head());
            assertFalse(model.weights().centers().containsKey(ModelWeights.PATCH_CENTER), "of another size");
        }
    }

    private static StoredTensor constant(float value, int... dims) {
        SafeTensorsWriter writer = new SafeTensorsWriter();
        Shape shape = Shape.of(dims);
        float[] values = new float[(int) shape.count()];
        Arrays.fill(values, value);
        writer.floats("a", shape, () -> values);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writer.writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return SafeTensors.of(bytes.toByteArray(), "constant").tensor("a");
    }

    @Test
    void aHeadOfAnotherFormIsLeftOut() throws IOException {
        Path other = rewritten(tensors -> {
            tensors.remove("teacher.head.mlp.2.bias");
            tensors.put("teacher.head.mlp.1.running_mean", constant(1f, 6));
        });
        try (ForeignModel model = ForeignModel.open(other, 2, null)) {
            assertFalse(model.weights().hasHead());
            assertTrue(
                    model.leftOut().contains("teacher.head.mlp.1.running_mean"),
                    model.leftOut().toString());
            assertTrue(model.weights().centers().isEmpty());
        }
    }

    @Test
    void whatItCannotBeIsSaid() throws IOException {
        refused(tensors -> {}, 0, null, "its width 8 is no multiple of 64");
        refused(tensors -> {}, 3, null, "--heads 3 does not divide its width 8");
        refused(tensors -> {}, 2, new Size(8, 12), "--image-size 8x12 does not give its 4 positions");
        refused(
                t -> t.remove("teacher.backbone.blocks.1.attn.qkv.bias"),
                "blocks.1.attn.qkv.bias is missing (in its teacher)");
        refused(
                t -> t.put("teacher.backbone.norm.bias", constant(1, 9)),
                "norm.bias is (9), needs (8) (in its teacher)");
        refused(
                t -> t.put("student.module.backbone.blocks.0.ls1.gamma", constant(1, 8)),
                "blocks.0.ls1.gamma has no place");
        refused(t -> t.put("teacher.backbone.blocks.2.norm1.bias", constant(1, 8)), "blocks.2.norm1.bias has no place");
        refused(t -> t.put("teacher.module.norm.bias", constant(1, 8)), "two tensors norm.bias");
        refused(
                t -> t.keySet().removeIf(name -> name.contains("backbone")),
                "it has no cls_token, which a Vision Transformer needs");
        refused(
                t -> t.keySet().removeIf(name -> !name.startsWith("ibot")),
                "there is no Vision Transformer in it; at the top it has ibot_loss");
        refused(t -> both(t, "pos_embed", constant(1, 1, 7, 8)), "its 6 positions, [CLS] left out, are no square");
        refused(t -> both(t, "pos_embed", constant(1, 1, 1, 8)), "are no square");
        refused(t -> both(t, "cls_token", constant(1, 1, 0, 8)), "");
        refused(t -> both(t, "cls_token", constant(1, 8)), "cls_token is (8); it must have 3 dimensions");
        refused(t -> both(t, "patch_embed.proj.weight", constant(1, 8, 4, 4, 4)), "needs (8, 3, 4, 4)");
        refused(t -> both(t, "blocks.0.mlp.fc1.weight", constant(1, 17, 8)), "its MLP is 17 wide");
    }

    private static void both(Map<String, StoredTensor> tensors, String name, StoredTensor tensor) {
        tensors.put("teacher.backbone." + name, tensor);
        tensors.put("student.module.backbone." + name, tensor);
    }

    private void refused(Consumer<Map<String, StoredTensor>> change, String complaint) throws IOException {
        refused(change, 2, null, complaint);
    }

    private void refused(Consumer<Map<String, StoredTensor>> change, int heads, Size image, String complaint)
            throws IOException {
        Files.deleteIfExists(folder.resolve("full.pth"));
        Path changed = rewritten(change);
        UserException e = assertThrows(UserException.class, () -> ForeignModel.open(changed, heads, image)
                .close());
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertTrue(e.getMessage().startsWith("cannot import " + changed + ": "), e.getMessage());
    }

    @Test
    void aNonSquareGridIsNamed() throws IOException {
        Path wide = rewritten(t -> both(t, "pos_embed", constant(1, 1, 7, 8)));
        try (ForeignModel model = ForeignModel.open(wide, 2, new Size(8, 12))) {
            assertEquals(new Size(8, 12), model.weights().config().model().image());
        }
    }
}
