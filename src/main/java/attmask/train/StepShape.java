package attmask.train;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import java.util.List;

/**
 * A training step whose speed is compared between programs.
 *
 * @param name model, global and local crops, for instance {@code small-2+6}
 * @param locals local crops of an image
 * @param localSide their size in pixels
 */
public record StepShape(String name, ModelConfig model, HeadConfig head, int locals, int localSide) {
    private static final double DROP_PATH = 0.1;
    private static final HeadConfig PUBLISHED_HEAD = new HeadConfig(2048, 256, 8192, 8192, true, false);

    private static final List<StepShape> ALL = List.of(
            new StepShape(
                    "tiny32-2+4",
                    new ModelConfig(Size.square(32), 4, 192, 6, 3, 4, DROP_PATH),
                    new HeadConfig(512, 256, 1024, 1024, true, false),
                    4,
                    16),
            published("tiny-2+0", 192, 3, 0),
            large("tiny384-2+0", 192, 3),
            published("small-2+0", 384, 6, 0),
            published("small-2+6", 384, 6, 6),
            published("small-2+10", 384, 6, 10),
            published("base-2+0", 768, 12, 0),
            published("base-2+10", 768, 12, 10));

    private static StepShape published(String name, int width, int heads, int locals) {
        ModelConfig model = new ModelConfig(Size.square(224), 16, width, 12, heads, 4, DROP_PATH);
        return new StepShape(name, model, PUBLISHED_HEAD, locals, 96);
    }

    /** On images of 384 pixels, 577 tokens. */
    private static StepShape large(String name, int width, int heads) {
        ModelConfig model = new ModelConfig(Size.square(384), 16, width, 12, heads, 4, DROP_PATH);
        return new StepShape(name, model, PUBLISHED_HEAD, 0, 96);
    }

    public static List<StepShape> all() {
        return ALL;
    }

    /** @throws UserException if there is none of that name */
    public static StepShape named(String name) {
        return ALL.stream()
                .filter(shape -> shape.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UserException("there is no step " + name + "; there are "
                        + String.join(", ", ALL.stream().map(StepShape::name).toList())));
    }
}
