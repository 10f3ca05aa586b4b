package attmask.checkpoint.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import attmask.checkpoint.StoredTensor;
import attmask.config.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The forward pass of {@link attmask.nn.VisionTransformer} in ONNX operators. Values are named as the modules that they
 * come out of, weights as in timm; those of linear layers are transposed, for MatMul.
 */
final class VisionTransformerGraph {
    static final String IMAGES = "images";
    static final String EMBEDDING = "embedding";
    static final String ATTENTION = "attention";

    private static final double EPSILON = 1e-6;

    private final OnnxGraph graph;
    private final ModelConfig model;
    private final Map<String, StoredTensor> weights;
    private final boolean dynamicSize;

    /** @param weights of the backbone, by parameter name */
    VisionTransformerGraph(OnnxGraph graph, ModelConfig model, Map<String, StoredTensor> weights, boolean dynamicSize) {
        this.graph = graph;
        this.model = model;
        this.weights = weights;
        this.dynamicSize = dynamicSize;
    }

    /** Adds everything: inputs, nodes, weights, outputs. */
    void build() {
        Object height = dynamicSize ? "height" : (Object) model.image().height();
        Object width = dynamicSize ? "width" : (Object) model.image().width();
        Object tokens = dynamicSize ? "tokens" : (Object) (1 + model.patches());
        graph.input(IMAGES, "batch", 3, height, width);
        graph.wholes("head.split", 0, 0, 3, model.heads(), model.width() / model.heads());
        graph.wholes("head.join", 0, 0, model.width());
        graph.floats("head.scale", new float[] {(float) Math.pow(model.width() / (double) model.heads(), -0.5)});
        graph.floats("gelu.half", new float[] {0.5f});
        graph.floats("gelu.one", new float[] {1});
        graph.floats("gelu.root", new float[] {(float) Math.sqrt(0.5)});
        String x = embed();
        for (int i = 0; i < model.depth(); i++) {
            x = block(x, "blocks." + i, i == model.depth() - 1);
        }
        String cls = graph.constant("cls.row", 0);
        graph.node("Gather", EMBEDDING, List.of(OnnxGraph.whole("axis", 1)), norm(x, "norm"), cls);
        graph.output(EMBEDDING, "batch", model.width());
        graph.output(ATTENTION, "batch", model.heads(), tokens, tokens);
    }

    /** images (B, 3, H, W) to (B, 1 + T, D). */
    private String embed() {
        long side = model.patch();
        List<AttributeProto> convolution = List.of(
                OnnxGraph.wholes("kernel_shape", List.of(side, side)),
                OnnxGraph.wholes("strides", List.of(side, side)));
        String patches = graph.node(
                "Conv",
                "patch_embed",
                convolution,
                IMAGES,
                weight("patch_embed.proj.weight"),
                weight("patch_embed.proj.bias"));
        String flat = graph.node(
                "Reshape", "patch_embed.flat", patches, graph.wholes("patch_embed.shape", 0, model.width(), -1));
        String rows = transpose("patch_embed.rows", flat, 0, 2, 1);
        String batch =
                graph.node("Shape", "batch", List.of(OnnxGraph.whole("start", 0), OnnxGraph.whole("end", 1)), IMAGES);
        String shape = graph.node(
                "Concat",
                "cls_token.shape",
                List.of(OnnxGraph.whole("axis", 0)),
                batch,
                graph.wholes("cls_token.row", 1, model.width()));
        String cls = graph.node("Expand", "cls_token.batch", weight("cls_token"), shape);
        String tokens = graph.node("Concat", "tokens", List.of(OnnxGraph.whole("axis", 1)), cls, rows);
        PositionsGraph positions = new PositionsGraph(graph, model);
        float[] learned = values("pos_embed");
        return graph.node(
                "Add",
                "embedded",
                tokens,
                dynamicSize ? positions.resized(learned, patches) : positions.fixed(learned));
    }

    /** x + attention(norm(x)), then x + mlp(norm(x)); (B, T, D) to (B, T, D). */
    private String block(String x, String name, boolean last) {
        String attended =
                attention(norm(x, name + ".norm1"), name + ".attn", last ? ATTENTION : name + ".attn.softmax");
        String middle = graph.node("Add", name + ".attended", x, attended);
        String hidden = linear(norm(middle, name + ".norm2"), name + ".mlp.fc1");
        return graph.node("Add", name, middle, linear(gelu(hidden, name + ".mlp.act"), name + ".mlp.fc2"));
    }

    /** softmax(q·kᵀ/√E)·v for each head; the probabilities (B, H, T, T) are named {@code probabilities}. */
    private String attention(String x, String name, String probabilities) {
        String split = graph.node("Reshape", name + ".split", linear(x, name + ".qkv"), "head.split");
        String parts = transpose(name + ".parts", split, 2, 0, 3, 1, 4);
        String q = graph.node("Mul", name + ".q.scaled", part(parts, name + ".q", 0), "head.scale");
        String k = transpose(name + ".k.transposed", part(parts, name + ".k", 1), 0, 1, 3, 2);
        String scores = graph.node("MatMul", name + ".scores", q, k);
        graph.node("Softmax", probabilities, List.of(OnnxGraph.whole("axis", -1)), scores);
        String mixed = graph.node("MatMul", name + ".mixed", probabilities, part(parts, name + ".v", 2));
        String joined =
                graph.node("Reshape", name + ".joined", transpose(name + ".back", mixed, 0, 2, 1, 3), "head.join");
        return linear(joined, name + ".proj");
    }

    /** One of (3, B, H, T, E). */
    private String part(String parts, String name, long index) {
        String place = graph.constant(name + ".index", index);
        return graph.node("Gather", name, List.of(OnnxGraph.whole("axis", 0)), parts, place);
    }

    /** x/2·(1 + erf(x/√2)). */
    private String gelu(String x, String name) {
        String erf = graph.node("Erf", name + ".erf", graph.node("Mul", name + ".scaled", x, "gelu.root"));
        String factor = graph.node("Add", name + ".factor", erf, "gelu.one");
        return graph.node("Mul", name, graph.node("Mul", name + ".half", x, "gelu.half"), factor);
    }

    private String norm(String x, String name) {
        return graph.node(
                "LayerNormalization",
                name,
                List.of(OnnxGraph.whole("axis", -1), OnnxGraph.real("epsilon", EPSILON)),
                x,
                weight(name + ".weight"),
                weight(name + ".bias"));
    }

    private String linear(String x, String name) {
        StoredTensor tensor = weights.get(name + ".weight");
        int outputs = tensor.shape().dim(0);
        int inputs = tensor.shape().dim(1);
        float[] values = tensor.floats();
        float[] transposed = new float[values.length];
        for (int out = 0; out < outputs; out++) {
            for (int in = 0; in < inputs; in++) {
                transposed[in * outputs + out] = values[out * inputs + in];
            }
        }
        String weight = graph.floats(name + ".weight.transposed", transposed, inputs, outputs);
        return graph.node("Add", name, graph.node("MatMul", name + ".product", x, weight), weight(name + ".bias"));
    }

    private String transpose(String name, String x, long... order) {
        List<Long> permutation = Arrays.stream(order).boxed().toList();
        return graph.node("Transpose", name, List.of(OnnxGraph.wholes("perm", permutation)), x);
    }

    private String weight(String name) {
        StoredTensor tensor = weights.get(name);
        int[] dims = new int[tensor.shape().rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = tensor.shape().dim(i);
        }
        return graph.floats(name, tensor.floats(), dims);
    }

    private float[] values(String name) {
        return weights.get(name).floats();
    }
}
