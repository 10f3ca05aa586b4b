package attmask.eval;

import attmask.config.HeadConfig;
import attmask.nn.ProjectionHead;
import attmask.nn.TokenLayout;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The projection head on each image's [CLS] token. */
final class PrototypeLogits implements Readout {
    private final Backend backend;
    private final ClsToken cls;
    private final ProjectionHead head;
    private final Tensor logits;

    PrototypeLogits(Weights weights, int width, HeadConfig config, TokenLayout layout, Arena arena) {
        backend = weights.backend();
        cls = new ClsToken(backend, width, layout, arena);
        head = new ProjectionHead(weights, config, layout.images(), arena);
        logits = arena.tensor(backend.real(), layout.images(), config.prototypes());
    }

    @Override
    public int width() {
        return logits.dim(1);
    }

    @Override
    public void prepare() {
        cls.prepare();
    }

    @Override
    public void read(Tensor tokens, float[] values) {
        head.prepare();
        head.clsLogits(logits, head.bottleneck(cls.gather(tokens)));
        backend.read(logits, values);
    }
}
