package attmask.checkpoint.exchange;

import attmask.config.ConfigLoader;
import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.nn.NetworkParameters;
import attmask.nn.ParameterLayout;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The sizes of a model, read from the shapes of its tensors. */
final class Architectures {
    /** Width of a head in every ViT of Dosovitskiy et al. (2021), Touvron et al. (2021) and the DINO family. */
    private static final int HEAD_WIDTH = 64;

    /** For what weights do not tell: the settings that the published ImageNet runs share. */
    private static final String PRESET = "imagenet-100ep-high";

    private static final List<String> HEAD =
            List.of("head.mlp.0.weight", "head.mlp.4.weight", "head.last_layer.weight_g", "head.last_layer.weight_v");

    private Architectures() {}

    /**
     * The backbone.
     *
     * @param heads attention heads, 0 for the width over 64
     * @param image size that the positions are for, null for a square
     */
    static ModelConfig model(ForeignNetwork network, int heads, Size image) {
        int width = network.size("cls_token", 3, 2);
        int patch = network.size("patch_embed.proj.weight", 4, 2);
        int hidden = network.size("blocks.0.mlp.fc1.weight", 2, 0);
        int depth = 1;
        while (network.has("blocks." + depth + ".norm1.weight")) {
            depth++;
        }
        if (hidden % width != 0) {
            throw network.unusable("its MLP is " + hidden + " wide, no multiple of the model's " + width);
        }
        return new ModelConfig(
                image(network, patch, image), patch, width, depth, heads(network, width, heads), hidden / width, 0);
    }

    private static int heads(ForeignNetwork network, int width, int asked) {
        if (asked == 0 && width % HEAD_WIDTH != 0) {
            throw network.unusable("its width " + width + " is no multiple of " + HEAD_WIDTH
                    + ", the usual width of an attention head; say how many heads it has with --heads");
        }
        int heads = asked == 0 ? width / HEAD_WIDTH : asked;
        if (heads < 0 || width % heads != 0) {
            throw network.unusable("--heads " + heads + " does not divide its width " + width);
        }
        return heads;
    }

    private static Size image(ForeignNetwork network, int patch, Size asked) {
        int tokens = network.size("pos_embed", 3, 1) - 1;
        if (asked == null) {
            int side = (int) Math.round(Math.sqrt(tokens));
            if (side == 0 || side * side != tokens) {
                throw network.unusable("its " + tokens + " positions, [CLS] left out, are no square; say which image"
                        + " they are for with --image-size HEIGHTxWIDTH");
            }
            return Size.square(Math.multiplyExact(side, patch));
        }
        boolean fits = asked.height() % patch == 0
                && asked.width() % patch == 0
                && (long) (asked.height() / patch) * (asked.width() / patch) == tokens;
        if (!fits) {
            throw network.unusable(
                    "--image-size " + asked + " does not give its " + tokens + " positions with patches of " + patch);
        }
        return asked;
    }

    /** The projection head that all networks have, of the form that this program knows; empty if there is none. */
    static Optional<HeadConfig> head(Collection<ForeignNetwork> networks) {
        ForeignNetwork first = networks.iterator().next();
        if (!networks.stream().allMatch(network -> HEAD.stream().allMatch(network::has))) {
            return Optional.empty();
        }
        boolean shared = networks.stream().allMatch(Architectures::sharesLastLayer);
        int prototypes = first.size("head.last_layer.weight_v", 2, 0);
        return Optional.of(new HeadConfig(
                first.size("head.mlp.0.weight", 2, 0),
                first.size("head.mlp.4.weight", 2, 0),
                prototypes,
                shared ? prototypes : first.size("head.last_layer2.weight_v", 2, 0),
                shared,
                hasUnitGains(first, "head.last_layer") && (shared || hasUnitGains(first, "head.last_layer2"))));
    }

    /** iBOT saves a shared last layer under two names; DINO has one only. */
    private static boolean sharesLastLayer(ForeignNetwork network) {
        return !network.has("head.last_layer2.weight_v") || (equal(network, "weight_g") && equal(network, "weight_v"));
    }

    private static boolean equal(ForeignNetwork network, String part) {
        String first = "head.last_layer." + part;
        String second = "head.last_layer2." + part;
        return network.has(second)
                && network.get(first).shape().equals(network.get(second).shape())
                && Arrays.equals(
                        network.get(first).floats(), network.get(second).floats());
    }

    private static boolean hasUnitGains(ForeignNetwork network, String layer) {
        return Arrays.stream(network.get(layer + ".weight_g").doubles()).allMatch(gain -> gain == 1);
    }

    /**
     * The parameters of a backbone, with a head or without.
     *
     * @throws UserException if they are more than this program can hold
     */
    static ParameterLayout layout(ForeignNetwork network, ModelConfig model, HeadConfig head) {
        try {
            return head == null ? NetworkParameters.backbone(model) : NetworkParameters.teacher(model, head);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new UserException(
                    network.unusable("it has more than 2^31 parameters").getMessage(), e);
        }
    }

    /** Settings with this model and head; no local crops, which need not fit the patches. */
    static TrainConfig config(ModelConfig model, Optional<HeadConfig> head) {
        ConfigLoader loader = ConfigLoader.preset(PRESET)
                .set("augmentation.localCrops", "0", "import")
                .set("model.image", model.image().toString(), "import")
                .set("model.patch", Integer.toString(model.patch()), "import")
                .set("model.width", Integer.toString(model.width()), "import")
                .set("model.depth", Integer.toString(model.depth()), "import")
                .set("model.heads", Integer.toString(model.heads()), "import")
                .set("model.mlpRatio", Integer.toString(model.mlpRatio()), "import");
        head.ifPresent(sizes -> loader.set("head.hidden", Integer.toString(sizes.hidden()), "import")
                .set("head.bottleneck", Integer.toString(sizes.bottleneck()), "import")
                .set("head.prototypes", Integer.toString(sizes.prototypes()), "import")
                .set("head.patchPrototypes", Integer.toString(sizes.patchPrototypes()), "import")
                .set("head.shared", Boolean.toString(sizes.shared()), "import")
                .set("head.normLastLayer", Boolean.toString(sizes.normLastLayer()), "import"));
        return loader.resolve();
    }
}
