package attmask.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameter;
import attmask.nn.ParameterLayout;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.testkit.Backends;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerDecayTest {
    private static final ParameterLayout LAYOUT =
            NetworkParameters.classifier(new ModelConfig(Size.square(8), 4, 12, 11, 3, 2, 0), 5);

    /** BEiT's: with depth 11, decay^12 for the embedding, decay^(11 − i) for block i, 1 for norm and classifier. */
    @Test
    void ratesOfBeit() {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Parameter parameter : LAYOUT.parameters()) {
            rates.put(parameter.name(), new LayerDecay(11, 0.5).apply(parameter).rate());
        }
        for (String embedding : new String[] {"cls_token", "pos_embed", "patch_embed.proj.weight"}) {
            assertEquals(Math.pow(0.5, 12), rates.get(embedding), embedding);
        }
        assertEquals(Math.pow(0.5, 11), rates.get("blocks.0.norm1.bias"));
        assertEquals(Math.pow(0.5, 10), rates.get("blocks.1.attn.qkv.weight"));
        assertEquals(0.5, rates.get("blocks.10.mlp.fc2.bias"));
        assertEquals(1, rates.get("norm.weight"));
        assertEquals(1, rates.get("head.weight"));
    }

    @Test
    void tokensAndVectorsAreNotDecayed() {
        for (Parameter parameter : LAYOUT.parameters()) {
            boolean matrix =
                    parameter.name().endsWith(".weight") && !parameter.name().contains("norm");
            assertEquals(matrix, new LayerDecay(11, 1).apply(parameter).decayed(), parameter.name());
        }
    }

    /** AdamW's first step has the rate's length: what each parameter moves by is its rate. */
    @Test
    void theOptimizerFollowsIt() {
        Backend backend = Backends.REFERENCE;
        try (Arena arena = new Arena("optimizer")) {
            Parameters weights = new Parameters(LAYOUT, arena, backend);
            Parameters gradients = new Parameters(LAYOUT, arena, backend);
            LayerDecay decay = new LayerDecay(11, 0.5);
            Optimizer optimizer = new Optimizer(backend, weights, gradients, arena, decay);
            arena.allocate(backend::allocate);
            double[] ones = new double[LAYOUT.elements()];
            Arrays.fill(ones, 1);
            backend.write(gradients.flat(), ones);
            backend.write(weights.flat(), ones);
            optimizer.step(0.01, 0.5, false);
            for (Parameter parameter : LAYOUT.parameters()) {
                double[] value = new double[1];
                backend.read(weights.get(parameter.name()), value);
                double rate = 0.01 * decay.apply(parameter).rate();
                double decayed = decay.apply(parameter).decayed() ? rate * 0.5 : 0;
                // ε is 1e-8 of the denominator.
                assertEquals(1 - rate - decayed, value[0], 1e-9, parameter.name());
                assertNotEquals(1, value[0]);
            }
        }
    }
}
