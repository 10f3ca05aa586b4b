package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.ClipGradients;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import java.util.List;

/** {@link ClipGradients}, one parameter after another. */
final class ReferenceClipGradients extends ClipGradients {
    @Override
    protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
        double[] g = read(gradients);
        double[] norm = new double[segments.size()];
        for (int s = 0; s < norm.length; s++) {
            int first = (int) segments.get(s).offset();
            int length = segments.get(s).length();
            double squares = 0;
            for (int i = first; i < first + length; i++) {
                squares += g[i] * g[i];
            }
            norm[s] = Math.sqrt(squares);
            double coefficient = max / (norm[s] + EPSILON);
            if (max > 0 && coefficient < 1) {
                for (int i = first; i < first + length; i++) {
                    g[i] *= coefficient;
                }
            }
        }
        write(gradients, g);
        write(norms, norm);
    }
}
