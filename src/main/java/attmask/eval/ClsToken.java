package attmask.eval;

import attmask.nn.TokenLayout;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/** The [CLS] token of each image. */
public final class ClsToken implements Readout {
    private final Backend backend;
    private final int[] rows;
    private final Tensor index;
    private final Tensor cls;

    /** Plans memory for one copy of the [CLS] rows of {@code layout}. */
    public ClsToken(Backend backend, int width, TokenLayout layout, Arena arena) {
        this.backend = backend;
        rows = layout.clsRows();
        index = arena.tensor(DType.I32, rows.length);
        cls = arena.tensor(backend.activation(), rows.length, width);
    }

    @Override
    public int width() {
        return cls.dim(1);
    }

    @Override
    public void prepare() {
        backend.write(index, rows, rows.length);
    }

    /** The tokens (B, D) on the device. */
    public Tensor gather(Tensor tokens) {
        backend.rows().gather(cls, tokens, index);
        return cls;
    }

    @Override
    public void read(Tensor tokens, float[] values) {
        backend.read(gather(tokens), values);
    }
}
