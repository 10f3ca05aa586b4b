package attmask.verify;

import attmask.ops.Backend;
import attmask.ssl.MaskChooser;
import attmask.tensor.Tensor;

/** Masks that a golden file prescribes; the scores are computed all the same, to be compared. */
record FixedMask(Backend backend, byte[] masks) implements MaskChooser {
    @Override
    public int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads) {
        backend.attentionMask().scores(scores, qkv, heads);
        int patches = mask.dim(1);
        int[] counts = new int[mask.dim(0)];
        int[] compact = new int[masks.length];
        int masked = 0;
        for (int i = 0; i < masks.length; i++) {
            if (masks[i] != 0) {
                counts[i / patches]++;
                compact[masked++] = i / patches * (patches + 1) + 1 + i % patches;
            }
        }
        backend.write(mask, masks);
        backend.write(rows, compact, masked);
        return counts;
    }
}
