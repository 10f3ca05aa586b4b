package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.ops.TokenAssembly;
import attmask.tensor.Tensor;

/** {@link TokenAssembly} on the GPU: kernels/token_assembly.cu. */
final class CudaTokenAssembly extends TokenAssembly {
    private final Kernels kernels;
    private final Kernels.Typed forward;
    private final Kernels.Typed backward;
    private final ColumnSums sums;

    CudaTokenAssembly(Kernels kernels) {
        this.kernels = kernels;
        forward = kernels.typed("token_assembly", "token_assembly_forward");
        backward = kernels.typed("token_assembly", "token_assembly_backward");
        sums = new ColumnSums(kernels);
    }

    @Override
    protected void computeForward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions) {
        int rows = tokens.rowCount();
        int width = positions.dim(1);
        if (rows > 0) {
            kernels.launch(
                    forward.of(tokens),
                    RowLaunch.of(rows, width),
                    kernels.args()
                            .pointer(at(tokens))
                            .pointer(at(patches))
                            .pointer(at(cls))
                            .pointer(at(maskToken))
                            .pointer(at(mask))
                            .pointer(at(positions))
                            .i32(rows)
                            .i32(positions.dim(0))
                            .i32(width));
        }
    }

    @Override
    protected void computeBackward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask) {
        if (dtokens.count() == 0) {
            return;
        }
        int perImage = dpositions.dim(0);
        int width = dpositions.dim(1);
        int patches = perImage - 1;
        long hidden = mask == null ? 0 : kernels.scratch((long) perImage * width * Float.BYTES);
        kernels.launch(
                backward.of(dtokens),
                ColumnSums.columns(perImage * width, 1),
                kernels.args()
                        .pointer(at(dpatches))
                        .pointer(at(dcls))
                        .pointer(at(dpositions))
                        .pointer(hidden)
                        .pointer(at(dtokens))
                        .pointer(at(mask))
                        .i32(dtokens.rowCount() / perImage)
                        .i32(perImage)
                        .i32(width));
        if (mask != null) {
            sums.add(dmaskToken, null, hidden, patches);
        }
    }
}
