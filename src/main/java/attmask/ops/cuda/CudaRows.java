package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.ops.Rows;
import attmask.tensor.Tensor;

/** {@link Rows} on the GPU: kernels/rows.cu. */
final class CudaRows extends Rows {
    private final Kernels kernels;
    private final Kernels.Typed gather;
    private final Kernels.Typed scatter;

    CudaRows(Kernels kernels) {
        this.kernels = kernels;
        gather = kernels.typed("rows", "rows_gather");
        scatter = kernels.typed("rows", "rows_scatter");
    }

    @Override
    protected void computeGather(Tensor packed, Tensor all, Tensor index) {
        launch(gather.of(all), packed, all, index, packed.rowCount());
    }

    @Override
    protected void computeScatter(Tensor all, Tensor packed, Tensor index) {
        launch(scatter.of(all), all, packed, index, packed.rowCount());
    }

    private void launch(Driver.Kernel kernel, Tensor to, Tensor from, Tensor index, int rows) {
        int width = to.dim(-1);
        kernels.launch(
                kernel,
                RowLaunch.of(rows, width),
                kernels.args()
                        .pointer(at(to))
                        .pointer(at(from))
                        .pointer(at(index))
                        .i32(rows)
                        .i32(width));
    }
}
