package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.ClipGradients;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** {@link ClipGradients} on the GPU, three launches whatever the number of parameters: kernels/clip_gradients.cu. */
final class CudaClipGradients extends ClipGradients {
    private static final int BLOCK = 256;

    private final Kernels kernels;
    private final SegmentTable table;
    private final Driver.Kernel squares;
    private final Driver.Kernel norm;
    private final Driver.Kernel scale;

    CudaClipGradients(Kernels kernels) {
        this.kernels = kernels;
        table = new SegmentTable(kernels);
        squares = kernels.kernel("clip_gradients", "clip_gradients_squares");
        norm = kernels.kernel("clip_gradients", "clip_gradients_norms");
        scale = kernels.kernel("clip_gradients", "clip_gradients_scale");
    }

    @Override
    protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
        if (segments.isEmpty()) {
            return;
        }
        table.update(segments, Function.identity());
        int chunks = table.chunks();
        long sums = kernels.scratch(Math.max(1, chunks) * (long) Float.BYTES);
        if (chunks > 0) {
            kernels.launch(
                    squares,
                    LaunchConfig.of(chunks, BLOCK),
                    kernels.args().pointer(sums).pointer(at(gradients)).pointer(table.address()));
        }
        kernels.launch(
                norm,
                LaunchConfig.of(segments.size(), BLOCK),
                kernels.args().pointer(at(norms)).pointer(sums).pointer(table.firstChunks()));
        if (chunks > 0 && max > 0) {
            kernels.launch(
                    scale,
                    LaunchConfig.of(chunks, BLOCK),
                    kernels.args()
                            .pointer(at(gradients))
                            .pointer(at(norms))
                            .pointer(table.address())
                            .f32((float) max)
                            .f32((float) EPSILON));
        }
    }
}
