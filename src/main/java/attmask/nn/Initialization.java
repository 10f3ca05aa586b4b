package attmask.nn;

import attmask.random.RandomStream;
import java.util.Arrays;

/** How a parameter starts. */
public sealed interface Initialization {
    /** The standard deviation of a ViT's weights. */
    double DEVIATION = 0.02;

    /** {@code count} values. */
    float[] draw(int count, RandomStream random);

    /** All the same value. */
    record Constant(float value) implements Initialization {
        @Override
        public float[] draw(int count, RandomStream random) {
            float[] values = new float[count];
            Arrays.fill(values, value);
            return values;
        }
    }

    /** Normal with deviation 0.02, redrawn outside two deviations. */
    record TruncatedNormal() implements Initialization {
        @Override
        public float[] draw(int count, RandomStream random) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                double z = random.nextGaussian();
                while (Math.abs(z) > 2) {
                    z = random.nextGaussian();
                }
                values[i] = (float) (z * DEVIATION);
            }
            return values;
        }
    }

    /** Uniform within ±1/√fanIn: PyTorch's default for convolutions and linear layers. */
    record Uniform(int fanIn) implements Initialization {
        @Override
        public float[] draw(int count, RandomStream random) {
            double bound = 1 / Math.sqrt(fanIn);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.uniform(-bound, bound);
            }
            return values;
        }
    }
}
