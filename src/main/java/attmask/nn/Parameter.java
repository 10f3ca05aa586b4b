package attmask.nn;

import attmask.ops.Segment;
import attmask.tensor.Shape;

/**
 * One learned tensor.
 *
 * @param name timm's, for instance {@code blocks.0.attn.qkv.weight}
 * @param segment its place in the flat tensors
 * @param initialization how it starts
 * @param trained false for a constant, such as the last layer's gains under norm_last_layer
 */
public record Parameter(String name, Shape shape, Segment segment, Initialization initialization, boolean trained) {
    /** Weight decay applies to parameters of two or more dimensions, as in the original program. */
    public boolean decayed() {
        return shape.rank() > 1 && !name.endsWith(".bias");
    }

    /** True for the head's last layers, which are frozen during the first epochs. */
    public boolean lastLayer() {
        return name.contains("last_layer");
    }
}
