package attmask.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ParameterLayoutTest {
    private static final ModelConfig TINY = new ModelConfig(new Size(8, 12), 4, 12, 2, 3, 4, 0);

    private static HeadConfig head(boolean shared, boolean normLastLayer) {
        return new HeadConfig(16, 8, 10, shared ? 10 : 11, shared, normLastLayer);
    }

    private static ModelConfig vit(int width, int depth, int heads) {
        return new ModelConfig(Size.square(224), 16, width, depth, heads, 4, 0.1);
    }

    /** timm's counts for vit_{tiny,small,base,large}_patch16_224 with num_classes=0. */
    @Test
    void countsOfThePublishedModels() {
        assertEquals(5_524_416, NetworkParameters.backbone(vit(192, 12, 3)).trainedCount());
        assertEquals(21_665_664, NetworkParameters.backbone(vit(384, 12, 6)).trainedCount());
        assertEquals(85_798_656, NetworkParameters.backbone(vit(768, 12, 12)).trainedCount());
        assertEquals(303_301_632, NetworkParameters.backbone(vit(1024, 24, 16)).trainedCount());
    }

    @Test
    void namesAndShapesAreTimms() {
        Map<String, Parameter> byName = NetworkParameters.student(TINY, head(false, true)).parameters().stream()
                .collect(Collectors.toMap(Parameter::name, Function.identity()));
        Map<String, String> expected = Map.ofEntries(
                Map.entry("cls_token", "(1, 1, 12)"),
                Map.entry("pos_embed", "(1, 7, 12)"),
                Map.entry("patch_embed.proj.weight", "(12, 3, 4, 4)"),
                Map.entry("patch_embed.proj.bias", "(12)"),
                Map.entry("blocks.1.norm1.weight", "(12)"),
                Map.entry("blocks.1.attn.qkv.weight", "(36, 12)"),
                Map.entry("blocks.1.attn.proj.bias", "(12)"),
                Map.entry("blocks.0.mlp.fc1.weight", "(48, 12)"),
                Map.entry("blocks.0.mlp.fc2.weight", "(12, 48)"),
                Map.entry("norm.bias", "(12)"),
                Map.entry("head.mlp.0.weight", "(16, 12)"),
                Map.entry("head.mlp.4.weight", "(8, 16)"),
                Map.entry("head.last_layer.weight_g", "(10, 1)"),
                Map.entry("head.last_layer.weight_v", "(10, 8)"),
                Map.entry("head.last_layer2.weight_v", "(11, 8)"),
                Map.entry("masked_embed", "(1, 12)"));
        expected.forEach(
                (name, shape) -> assertEquals(shape, byName.get(name).shape().toString(), name));
        assertEquals(4 + 2 * 12 + 2 + 6 + 4 + 1, byName.size());
    }

    @Test
    void segmentsAreAlignedAndApart() {
        ParameterLayout layout = NetworkParameters.student(TINY, head(true, true));
        long end = 0;
        for (Parameter parameter : layout.parameters()) {
            assertEquals(0, parameter.segment().offset() % 32, parameter.name());
            assertTrue(parameter.segment().offset() >= end, parameter.name());
            assertEquals(parameter.shape().count(), parameter.segment().length(), parameter.name());
            end = parameter.segment().offset() + parameter.segment().length();
        }
        assertTrue(end <= layout.elements());
    }

    /** Decay by number of dimensions, as in the original program: positions and tokens too. */
    @Test
    void decayedAndFrozen() {
        ParameterLayout layout = NetworkParameters.student(TINY, head(false, false));
        for (Parameter parameter : layout.parameters()) {
            assertEquals(parameter.shape().rank() > 1, parameter.decayed(), parameter.name());
            assertEquals(parameter.name().startsWith("head.last_layer"), parameter.lastLayer(), parameter.name());
            assertTrue(parameter.trained(), parameter.name());
        }
        assertTrue(named(layout, "pos_embed").decayed());
        assertTrue(named(layout, "masked_embed").decayed());
        assertTrue(named(layout, "head.last_layer.weight_g").decayed());
        assertFalse(named(layout, "norm.weight").decayed());
    }

    @Test
    void constantGainsAreNotTrained() {
        ParameterLayout constant = NetworkParameters.student(TINY, head(false, true));
        ParameterLayout trained = NetworkParameters.student(TINY, head(false, false));
        assertFalse(named(constant, "head.last_layer.weight_g").trained());
        assertFalse(named(constant, "head.last_layer2.weight_g").trained());
        assertEquals(trained.trainedCount() - 10 - 11, constant.trainedCount());
        assertEquals(trained.elements(), constant.elements(), "but they are part of a checkpoint");
    }

    @Test
    void studentContinuesTeacherContinuesBackbone() {
        ParameterLayout student = NetworkParameters.student(TINY, head(true, true));
        ParameterLayout teacher = NetworkParameters.teacher(TINY, head(true, true));
        ParameterLayout backbone = NetworkParameters.backbone(TINY);
        assertTrue(student.continues(teacher) && teacher.continues(backbone) && student.continues(student));
        assertFalse(teacher.continues(student));
        assertFalse(student.continues(NetworkParameters.teacher(TINY, head(true, false))));
        List<Parameter> parameters = student.parameters();
        assertEquals("masked_embed", parameters.get(parameters.size() - 1).name());
        ParameterLayout restoring = NetworkParameters.restoringStudent(TINY, head(true, true));
        assertTrue(restoring.continues(student));
        assertEquals(
                List.of("decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias"),
                restoring
                        .parameters()
                        .subList(parameters.size(), restoring.parameters().size())
                        .stream()
                        .map(Parameter::name)
                        .toList());
        int width = TINY.width();
        int pixels = 3 * TINY.patch() * TINY.patch();
        assertEquals(width * (width + 1) + pixels * (width + 1), restoring.trainedCount() - student.trainedCount());
    }

    private static Parameter named(ParameterLayout layout, String name) {
        return layout.parameters().stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
