package attmask.ops.cuda;

import attmask.ops.TokenAssembly;
import attmask.tensor.Tensor;

/** {@link TokenAssembly} on the GPU: kernels/token_assembly.cu. */
final class CudaTokenAssembly extends TokenAssembly {
    private final Kernels kernels;

    CudaTokenAssembly(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    protected void computeForward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }

    @Override
    protected void computeBackward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask) {
        throw new UnsupportedOperationException("not built yet: " + kernels.driver());
    }
}
