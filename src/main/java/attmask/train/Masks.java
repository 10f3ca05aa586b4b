package attmask.train;

import attmask.masking.Masker;
import attmask.ops.Backend;
import attmask.ops.MicroBatch;
import attmask.ssl.MaskChooser;
import attmask.tensor.Tensor;

/** The masks of one step; none before the configured epoch. */
final class Masks implements MaskChooser {
    private final Masker masker;
    private final Backend backend;
    private boolean on;
    private int step;
    private MicroBatch part;

    Masks(Masker masker, Backend backend) {
        this.masker = masker;
        this.backend = backend;
    }

    /** Turns to a part of a step. */
    Masks at(int newStep, MicroBatch newPart, boolean masked) {
        step = newStep;
        part = newPart;
        on = masked;
        return this;
    }

    @Override
    public int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads) {
        return on ? masker.choose(backend, mask, rows, scores, qkv, heads, step, part) : null;
    }
}
