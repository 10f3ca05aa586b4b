package attmask.checkpoint.onnx;

import attmask.config.ModelConfig;
import java.util.Arrays;
import java.util.List;

/** The position embedding: as it is for images of the trained size, or resized as {@link attmask.ops.BicubicTaps}. */
final class PositionsGraph {
    private static final String NAME = "pos_embed";

    private final OnnxGraph graph;
    private final ModelConfig model;

    PositionsGraph(OnnxGraph graph, ModelConfig model) {
        this.graph = graph;
        this.model = model;
    }

    /** @param positions (1, 1 + T, D); the value has the same shape */
    String fixed(float[] positions) {
        return graph.floats(NAME, positions, 1, 1 + model.patches(), model.width());
    }

    /**
     * Positions for the grid of the image.
     *
     * @param positions (1, 1 + T, D)
     * @param patches name of the patch embedding (B, D, h, w)
     * @return name of (1, 1 + h·w, D)
     */
    String resized(float[] positions, String patches) {
        int width = model.width();
        String cls = graph.floats(NAME + ".cls", Arrays.copyOf(positions, width), 1, 1, width);
        String grid =
                graph.floats(NAME + ".grid", channelsFirst(positions), 1, width, model.gridHeight(), model.gridWidth());
        String resized = graph.node(
                "Resize",
                NAME + ".resized",
                List.of(
                        OnnxGraph.text("mode", "cubic"),
                        OnnxGraph.real("cubic_coeff_a", -0.75),
                        OnnxGraph.text("coordinate_transformation_mode", "half_pixel")),
                grid,
                "",
                scales(patches));
        String flat = graph.node("Reshape", NAME + ".flat", resized, graph.wholes(NAME + ".flat.shape", 1, width, -1));
        String rows =
                graph.node("Transpose", NAME + ".rows", List.of(OnnxGraph.wholes("perm", List.of(0L, 2L, 1L))), flat);
        return graph.node("Concat", NAME + ".all", List.of(OnnxGraph.whole("axis", 1)), cls, rows);
    }

    /** (1, 1, (h + 0.1)/H, (w + 0.1)/W); without the 0.1, which DINO adds when it resizes, for the trained grid. */
    private String scales(String patches) {
        String trained = graph.floats(NAME + ".trained", new float[] {model.gridHeight(), model.gridWidth()}, 2);
        String sizes = graph.node(
                "Shape", NAME + ".sizes", List.of(OnnxGraph.whole("start", 2), OnnxGraph.whole("end", 4)), patches);
        String grid = graph.node("Cast", NAME + ".sizes.float", List.of(OnnxGraph.whole("to", 1)), sizes);
        String change = graph.node("Abs", NAME + ".change", graph.node("Sub", NAME + ".difference", grid, trained));
        String most = graph.node("ReduceMax", NAME + ".change.most", List.of(OnnxGraph.whole("keepdims", 0)), change);
        String changed = graph.node("Min", NAME + ".changed", most, graph.floats(NAME + ".one", new float[] {1}));
        String more = graph.node("Mul", NAME + ".more", changed, graph.floats(NAME + ".tenth", new float[] {0.1f}));
        String scale = graph.node("Div", NAME + ".scale", graph.node("Add", NAME + ".wanted", grid, more), trained);
        String ones = graph.floats(NAME + ".ones", new float[] {1, 1}, 2);
        return graph.node("Concat", NAME + ".scales", List.of(OnnxGraph.whole("axis", 0)), ones, scale);
    }

    /** (1, 1 + T, D) to (D, T), [CLS] left out. */
    private float[] channelsFirst(float[] positions) {
        int width = model.width();
        int tokens = model.patches();
        float[] grid = new float[tokens * width];
        for (int t = 0; t < tokens; t++) {
            for (int d = 0; d < width; d++) {
                grid[d * tokens + t] = positions[(1 + t) * width + d];
            }
        }
        return grid;
    }
}
