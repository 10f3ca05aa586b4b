package attmask.ssl;

import attmask.config.HeadConfig;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/** The running means of the teacher's raw logits that its softmax is centred by (DINO, section 3.1). */
public final class Centers {
    private final Backend backend;
    private final Tensor cls;
    private final Tensor patch;
    private final Tensor clsMean;
    private final Tensor patchMean;

    Centers(Backend backend, HeadConfig head, Arena weightArena, Arena arena) {
        this.backend = backend;
        cls = weightArena.tensor(backend.real(), 1, head.prototypes());
        patch = weightArena.tensor(backend.real(), 1, head.patchPrototypes());
        clsMean = arena.tensor(backend.real(), 1, head.prototypes());
        patchMean = arena.tensor(backend.real(), 1, head.patchPrototypes());
    }

    /** (1, K). */
    public Tensor cls() {
        return cls;
    }

    /** (1, K'). */
    public Tensor patch() {
        return patch;
    }

    /** center ← m·center + (1 − m)·mean; after the centers were used. */
    void update(Teacher teacher, boolean patches, double momentum) {
        backend.tokenMean().forward(clsMean, teacher.clsLogits(), 1, 0);
        backend.ema().update(cls, clsMean, momentum);
        if (patches) {
            teacher.meanPatchLogits(patchMean);
            backend.ema().update(patch, patchMean, momentum);
        }
    }
}
