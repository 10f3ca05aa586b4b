package attmask.config;

import java.util.Arrays;
import java.util.Locale;

/** The usual Vision Transformers: width, number of blocks, heads (Dosovitskiy et al. 2021, Touvron et al. 2021). */
public enum Architecture {
    TINY(192, 12, 3),
    SMALL(384, 12, 6),
    BASE(768, 12, 12),
    LARGE(1024, 24, 16);

    private final int width;
    private final int depth;
    private final int heads;

    Architecture(int width, int depth, int heads) {
        this.width = width;
        this.depth = depth;
        this.heads = heads;
    }

    /**
     * Finds {@code small}, also as {@code vit_small}, {@code vit-small} or {@code deit_small}.
     *
     * @throws UserException if there is none of that name
     */
    public static Architecture named(String name) {
        String plain = name.strip().toLowerCase(Locale.ROOT).replaceFirst("^(vit|deit)[-_]", "");
        return Arrays.stream(values())
                .filter(architecture ->
                        architecture.name().toLowerCase(Locale.ROOT).equals(plain))
                .findFirst()
                .orElseThrow(() -> new UserException("there is no architecture " + name
                        + "; choose tiny, small, base or large, or set --width, --depth and --heads"));
    }

    public int width() {
        return width;
    }

    public int depth() {
        return depth;
    }

    public int heads() {
        return heads;
    }
}
