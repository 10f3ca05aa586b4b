package attmask.checkpoint.exchange;

/**
 * This program's names for parameters from those of others. Backbones have timm's names everywhere; DINO, iBOT and
 * AttMask put {@code backbone.} before them, data-parallel training {@code module.}, torch.compile {@code _orig_mod.}.
 */
final class ForeignNames {
    private ForeignNames() {}

    static String plain(String name) {
        String plain = name;
        String before;
        do {
            before = plain;
            plain = plain.replaceFirst("^(module|_orig_mod|backbone)\\.", "");
        } while (!plain.equals(before));
        // Newer releases of PyTorch name the gains and directions of a weight-normed layer so.
        return plain.replaceFirst("^(head\\.last_layer2?)\\.parametrizations\\.weight\\.original0$", "$1.weight_g")
                .replaceFirst("^(head\\.last_layer2?)\\.parametrizations\\.weight\\.original1$", "$1.weight_v");
    }

    /** True for what evaluation does not need: classifiers, other heads, decoders of other methods. */
    static boolean mayBeLeftOut(String plain) {
        return plain.matches("(head|fc|classifier|pre_logits|decoder|mask_token|masked_embed)([._].*)?");
    }
}
