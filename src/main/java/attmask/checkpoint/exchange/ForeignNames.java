package attmask.checkpoint.exchange;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * This program's names for parameters from those of others. Backbones have timm's names everywhere; DINO, iBOT and
 * AttMask put {@code backbone.} before them, data-parallel training {@code module.}, torch.compile {@code _orig_mod.}.
 */
final class ForeignNames {
    private static final Pattern PREFIXES = Pattern.compile("^((module|_orig_mod|backbone)\\.)+");

    /** How newer releases of PyTorch name the gain, 0, and the direction, 1, of a weight-normed layer. */
    private static final Pattern WEIGHT_NORM =
            Pattern.compile("^(head\\.last_layer2?)\\.parametrizations\\.weight\\.original([01])$");

    private static final Pattern NEEDLESS =
            Pattern.compile("(head|fc|classifier|pre_logits|decoder|mask_token|masked_embed)([._].*)?");

    private ForeignNames() {}

    static String plain(String name) {
        String plain = PREFIXES.matcher(name).replaceFirst("");
        Matcher weightNorm = WEIGHT_NORM.matcher(plain);
        return weightNorm.matches()
                ? weightNorm.group(1) + (weightNorm.group(2).equals("0") ? ".weight_g" : ".weight_v")
                : plain;
    }

    /** True for what evaluation does not need: classifiers, other heads, decoders of other methods. */
    static boolean mayBeLeftOut(String plain) {
        return NEEDLESS.matcher(plain).matches();
    }
}
