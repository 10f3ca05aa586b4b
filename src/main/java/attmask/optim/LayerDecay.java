package attmask.optim;

import attmask.nn.Parameter;
import java.util.function.Function;

/**
 * Learning rates that shrink from the classifier down to the embedding (BEiT's fine-tuning): with depth blocks, a
 * parameter of layer l has rate decay^(depth + 1 − l); l is 0 for the embedding, i + 1 for block i, depth + 1 for the
 * rest. [CLS] token and positions have no weight decay.
 *
 * @param decay 1 for equal rates
 */
public record LayerDecay(int depth, double decay) implements Function<Parameter, Rule> {
    private static final String BLOCKS = "blocks.";

    @Override
    public Rule apply(Parameter parameter) {
        String name = parameter.name();
        boolean token = name.equals("cls_token") || name.equals("pos_embed");
        return new Rule(Math.pow(decay, depth + 1 - layer(name, token)), parameter.decayed() && !token);
    }

    private int layer(String name, boolean token) {
        if (token || name.startsWith("patch_embed.")) {
            return 0;
        }
        if (name.startsWith(BLOCKS)) {
            return 1 + Integer.parseInt(name.substring(BLOCKS.length(), name.indexOf('.', BLOCKS.length())));
        }
        return depth + 1;
    }
}
