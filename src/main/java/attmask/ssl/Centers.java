package attmask.ssl;

import attmask.config.HeadConfig;
import attmask.ops.Backend;
import attmask.ops.MicroBatch;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** The running means of the teacher's raw logits that its softmax is centred by (DINO, section 3.1). */
public final class Centers {
    private final Backend backend;
    private final Tensor cls;
    private final Tensor patch;
    private final Tensor clsMean;
    private final Tensor patchMean;
    private final double[] clsHost;
    private final double[] patchHost;
    private final Tensor clsPart;
    private final Tensor patchPart;

    /** @param parts of a step */
    Centers(Backend backend, HeadConfig head, int parts, Arena weightArena, Arena arena) {
        this.backend = backend;
        cls = weightArena.tensor(backend.real(), 1, head.prototypes());
        patch = weightArena.tensor(backend.real(), 1, head.patchPrototypes());
        clsMean = arena.tensor(backend.real(), 1, head.prototypes());
        patchMean = arena.tensor(backend.real(), 1, head.patchPrototypes());
        clsHost = new double[head.prototypes()];
        patchHost = new double[head.patchPrototypes()];
        clsPart = parts == 1 ? clsMean : arena.tensor(backend.real(), 1, head.prototypes());
        patchPart = parts == 1 ? patchMean : arena.tensor(backend.real(), 1, head.patchPrototypes());
    }

    /** (1, K). */
    public Tensor cls() {
        return cls;
    }

    /** (1, K'). */
    public Tensor patch() {
        return patch;
    }

    /** Takes the logits of a part of a step into the means over the step. */
    void gather(Teacher teacher, boolean patches, MicroBatch part) {
        Tensor clsTarget = part.index() == 0 ? clsMean : clsPart;
        backend.tokenMean().forward(clsTarget, teacher.clsLogits(), 1, 0);
        add(clsMean, clsTarget, part);
        if (patches) {
            Tensor patchTarget = part.index() == 0 ? patchMean : patchPart;
            teacher.meanPatchLogits(patchTarget);
            add(patchMean, patchTarget, part);
        }
    }

    /** mean of i + 1 parts ← i/(i + 1)·mean of i + 1/(i + 1)·the next one; the first is in its place already. */
    private void add(Tensor mean, Tensor next, MicroBatch part) {
        if (part.index() > 0) {
            backend.ema().update(mean, next, part.index() / (part.index() + 1.0));
        }
    }

    /** Which of the means over the step is not finite, if any. */
    Optional<String> nonFinite(boolean patches) {
        if (!finite(clsMean, clsHost)) {
            return Optional.of("center.cls");
        }
        return patches && !finite(patchMean, patchHost) ? Optional.of("center.patch") : Optional.empty();
    }

    /** Which of the centers is not finite, if any. */
    Optional<String> nonFiniteCenter() {
        if (!finite(cls, clsHost)) {
            return Optional.of("center/cls");
        }
        return finite(patch, patchHost) ? Optional.empty() : Optional.of("center/patch");
    }

    private boolean finite(Tensor mean, double[] host) {
        backend.read(mean, host);
        return Arrays.stream(host).allMatch(Double::isFinite);
    }

    /** center ← m·center + (1 − m)·mean; after the centers were used. */
    void update(boolean patches, double momentum) {
        backend.ema().update(cls, clsMean, momentum);
        if (patches) {
            backend.ema().update(patch, patchMean, momentum);
        }
    }
}
