package attmask.nn;

import attmask.config.HeadConfig;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * The projection head of DINO and iBOT: Linear GELU Linear GELU Linear to an L2-normalised bottleneck, then one
 * weight-normed layer for [CLS] and patches, or one for each.
 *
 * <p>It runs on any number of rows up to its capacity. A step is {@link #prepare}, {@link #bottleneck}, the logits,
 * their backwards, {@link #backward}.
 */
public final class ProjectionHead {
    private final Backend backend;
    private final LinearLayer layer0;
    private final LinearLayer layer2;
    private final LinearLayer layer4;
    private final LastLayer clsLayer;
    private final LastLayer patchLayer;
    private final Tensor hidden0;
    private final Tensor active0;
    private final Tensor hidden2;
    private final Tensor active2;
    private final Tensor projected;
    private final Tensor z;
    private final Tensor norm;
    private final Tensor dz;
    private int rows;

    /** Plans activations for up to {@code capacity} rows; an untrained head reuses its buffers. */
    public ProjectionHead(Weights weights, HeadConfig config, int capacity, Arena arena) {
        backend = weights.backend();
        Weights head = weights.in("head");
        layer0 = new LinearLayer(head.in("mlp.0"));
        layer2 = new LinearLayer(head.in("mlp.2"));
        layer4 = new LinearLayer(head.in("mlp.4"));
        clsLayer = new LastLayer(head.in("last_layer"), arena, !config.normLastLayer());
        patchLayer = config.shared() ? clsLayer : new LastLayer(head.in("last_layer2"), arena, !config.normLastLayer());
        boolean training = weights.trained();
        active0 = plan(arena, capacity, config.hidden());
        active2 = plan(arena, capacity, config.hidden());
        hidden0 = training ? plan(arena, capacity, config.hidden()) : active0;
        hidden2 = training ? plan(arena, capacity, config.hidden()) : active2;
        projected = plan(arena, capacity, config.bottleneck());
        z = plan(arena, capacity, config.bottleneck());
        norm = arena.tensor(backend.real(), capacity);
        dz = training ? plan(arena, capacity, config.bottleneck()) : null;
    }

    private Tensor plan(Arena arena, int capacity, int width) {
        return arena.tensor(backend.activation(), capacity, width);
    }

    /** Adds the head's parameters: {@code head.mlp.{0,2,4}}, {@code head.last_layer[2].weight_{g,v}}. */
    static void parameters(ParameterLayout parameters, HeadConfig head, int width) {
        parameters.linear("head.mlp.0", head.hidden(), width);
        parameters.linear("head.mlp.2", head.hidden(), head.hidden());
        parameters.linear("head.mlp.4", head.bottleneck(), head.hidden());
        lastLayer(parameters, "head.last_layer", head.prototypes(), head);
        if (!head.shared()) {
            lastLayer(parameters, "head.last_layer2", head.patchPrototypes(), head);
        }
    }

    private static void lastLayer(ParameterLayout parameters, String name, int prototypes, HeadConfig head) {
        parameters.add(name + ".weight_g", new Initialization.Constant(1), !head.normLastLayer(), prototypes, 1);
        parameters.add(
                name + ".weight_v", new Initialization.Uniform(head.bottleneck()), prototypes, head.bottleneck());
    }

    /** Computes the normalised weights of the last layers; once a step, after the parameters changed. */
    public void prepare() {
        clsLayer.prepare();
        if (patchLayer != clsLayer) {
            patchLayer.prepare();
        }
    }

    /** x (M, D) to the unit-length z (M, bottleneck), which is returned. */
    public Tensor bottleneck(Tensor x) {
        rows = x.rowCount();
        layer0.forwardGelu(active0.rows(0, rows), hidden0.rows(0, rows), x);
        layer2.forwardGelu(active2.rows(0, rows), hidden2.rows(0, rows), active0.rows(0, rows));
        layer4.forward(projected.rows(0, rows), active2.rows(0, rows));
        backend.l2Normalize().forward(z.rows(0, rows), norm.rows(0, rows), projected.rows(0, rows));
        return z.rows(0, rows);
    }

    /** logits (M, K) of bottleneck rows, for [CLS]. */
    public void clsLogits(Tensor logits, Tensor rowsOfZ) {
        clsLayer.forward(logits, rowsOfZ);
    }

    /** logits (M, K') of bottleneck rows, for patches. */
    public void patchLogits(Tensor logits, Tensor rowsOfZ) {
        patchLayer.forward(logits, rowsOfZ);
    }

    /**
     * Accumulates all gradients. The rows of the last {@link #bottleneck} are [CLS] rows, as many as dcls has, then
     * patch rows, as many as dpatch has.
     *
     * @param dx (M, D), overwritten
     */
    public void backward(Tensor dx, Tensor dcls, Tensor dpatch, Tensor x) {
        int nCls = dcls.dim(0);
        int nPatch = dpatch.dim(0);
        clsLayer.backward(dz.rows(0, nCls), dcls, z.rows(0, nCls));
        patchLayer.backward(dz.rows(nCls, nPatch), dpatch, z.rows(nCls, nPatch));
        clsLayer.finish();
        if (patchLayer != clsLayer) {
            patchLayer.finish();
        }
        Tensor dprojected = dz.rows(0, rows);
        backend.l2Normalize().backward(dprojected, dprojected, z.rows(0, rows), norm.rows(0, rows));
        // The activations have done their work when their layer's backward begins: their memory takes the gradients.
        Tensor dhidden2 = active2.rows(0, rows);
        Tensor dhidden0 = active0.rows(0, rows);
        layer4.backwardGelu(dhidden2, dprojected, dhidden2, hidden2.rows(0, rows));
        layer2.backwardGelu(dhidden0, dhidden2, dhidden0, hidden0.rows(0, rows));
        layer0.backward(dx, dhidden0, x);
    }
}
