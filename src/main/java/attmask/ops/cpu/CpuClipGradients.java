package attmask.ops.cpu;

import attmask.ops.ClipGradients;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link ClipGradients}: squares are summed in double precision by chunk, then over a parameter's chunks in order. */
final class CpuClipGradients extends ClipGradients {
    private final Workers workers;
    private double[] squares = new double[0];
    private float[] factors = new float[0];

    CpuClipGradients(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
        SegmentChunks chunks = new SegmentChunks(segments);
        if (squares.length < chunks.count()) {
            squares = new double[chunks.count()];
        }
        if (factors.length < segments.size()) {
            factors = new float[segments.size()];
        }
        Floats g = Floats.of(gradients);
        workers.each(chunks.count(), (chunk, scratch) -> {
            float[] values = load(g, chunks, chunk, scratch);
            squares[chunk] = RowMath.squares(values, 0, chunks.size(chunk));
        });
        for (int i = 0; i < segments.size(); i++) {
            double sum = 0;
            for (int chunk = chunks.firstOf(i); chunk < chunks.firstOf(i + 1); chunk++) {
                sum += squares[chunk];
            }
            double norm = Math.sqrt(sum);
            Floats.of(norms).put(i, (float) norm);
            // A NaN norm must reach the gradients: min keeps it.
            factors[i] = max == 0 ? 1f : (float) Math.min(1, max / (norm + EPSILON));
        }
        workers.each(chunks.count(), (chunk, scratch) -> {
            float factor = factors[chunks.segmentOf(chunk)];
            if (factor != 1f) {
                float[] values = load(g, chunks, chunk, scratch);
                CpuSoftmax.shiftAndScale(values, 0f, factor, chunks.size(chunk));
                g.put(chunks.from(chunk), values, 0, chunks.size(chunk));
            }
        });
    }

    private static float[] load(Floats from, SegmentChunks chunks, int chunk, Scratch scratch) {
        int count = chunks.size(chunk);
        float[] values = scratch.floats(0, count);
        from.get(chunks.from(chunk), values, 0, count);
        return values;
    }
}
