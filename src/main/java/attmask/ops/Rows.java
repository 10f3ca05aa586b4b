package attmask.ops;

import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * Rows picked by index and put back: the projection head sees [CLS] and masked tokens only.
 *
 * <p>Shapes: packed (M, D); all (R, D); index (at least M) of row numbers of {@code all}, each at most once.
 */
public abstract class Rows {
    /** packed[i] ← all[index[i]]. */
    public final void gather(Tensor packed, Tensor all, Tensor index) {
        check("rows.gather", packed, all, index);
        if (packed.count() > 0) {
            computeGather(packed, all, index);
        }
    }

    /** all[index[i]] ← packed[i]; other rows are left alone. The gradient of {@link #gather}, into a zeroed tensor. */
    public final void scatter(Tensor all, Tensor packed, Tensor index) {
        check("rows.scatter", packed, all, index);
        if (packed.count() > 0) {
            computeScatter(all, packed, index);
        }
    }

    private static void check(String op, Tensor packed, Tensor all, Tensor index) {
        Require.rows(op, "packed", packed, packed.rowCount(), all.dim(-1));
        Require.alike(op, "packed", packed, all);
        Require.type(op, "index", index, DType.I32);
        Require.that(
                index.count() >= packed.rowCount(),
                op,
                "index " + index.shape() + " is shorter than the rows of packed " + packed.shape());
    }

    protected abstract void computeGather(Tensor packed, Tensor all, Tensor index);

    protected abstract void computeScatter(Tensor all, Tensor packed, Tensor index);
}
