package attmask.nn;

import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import attmask.testkit.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A transformer of width 12, two blocks and three heads on 8×12 pixels, with random weights of size 0.3, and random
 * crops to feed it.
 */
final class TinyVit implements AutoCloseable {
    static final Grid GLOBAL = new Grid(2, 3);
    static final Grid LOCAL = new Grid(1, 2);
    static final int WIDTH = 12;

    final Backend backend;
    final Parameters weights;
    final Parameters gradients;
    final VisionTransformer vit;
    final List<Tensor> images = new ArrayList<>();
    final Tensor mask;
    final Tensor dtokens;
    private final Arena arena = new Arena("tiny vit");

    /**
     * @param trained with gradients and a mask token, as the student; else as the teacher
     * @param imageNames for each group of crops, the name that its random pixels are drawn by
     */
    TinyVit(Backend backend, boolean trained, TokenLayout layout, String... imageNames) {
        this.backend = backend;
        ModelConfig model = new ModelConfig(new Size(8, 12), 4, WIDTH, 2, 3, 2, 0);
        ParameterLayout parameters = NetworkParameters.backbone(model);
        parameters.add("masked_embed", new Initialization.Constant(0), 1, WIDTH);
        weights = new Parameters(parameters, arena, backend);
        gradients = trained ? new Parameters(parameters, arena, backend) : null;
        vit = new VisionTransformer(new Weights(backend, weights, gradients, arena), model, layout, arena);
        for (Crops crops : layout.groups()) {
            images.add(arena.tensor(
                    backend.real(),
                    crops.images(),
                    3,
                    4 * crops.grid().height(),
                    4 * crops.grid().width()));
        }
        Crops first = layout.groups().get(0);
        mask = arena.tensor(DType.U8, first.images(), first.grid().tokens());
        dtokens = arena.tensor(backend.real(), layout.rows(), WIDTH);
        arena.allocate(backend::allocate);
        for (Parameter parameter : parameters.parameters()) {
            double[] values = Trial.normal(parameter.name(), parameter.segment().length());
            Arrays.setAll(values, i -> 0.3 * values[i]);
            backend.write(weights.get(parameter.name()), values);
        }
        for (int g = 0; g < images.size(); g++) {
            backend.write(images.get(g), Trial.normal(imageNames[g], (int)
                    images.get(g).count()));
        }
        byte[] hidden = new byte[(int) mask.count()];
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = (byte) (i % 3 == 1 ? 1 : 0);
        }
        backend.write(mask, hidden);
    }

    /** Tokens of all rows. */
    double[] forward(boolean masked) {
        return read(backend, vit.forward(images, masked ? mask : null, VisionTransformer.AttentionTap.NONE));
    }

    /** Every gradient, for these gradients of the tokens. */
    double[] backward(double[] upstream) {
        backend.write(dtokens, upstream);
        backend.zero(gradients.flat());
        vit.backward(dtokens);
        return read(backend, gradients.flat());
    }

    static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    @Override
    public void close() {
        arena.close();
    }
}
