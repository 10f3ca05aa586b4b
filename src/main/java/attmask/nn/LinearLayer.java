package attmask.nn;

import attmask.ops.Linear;
import attmask.tensor.Tensor;

/** y = x·Wᵀ + b with its weights and gradients: {@code NAME.weight} (O, I) and {@code NAME.bias} (O). */
final class LinearLayer {
    private final Linear op;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor dweight;
    private final Tensor dbias;

    LinearLayer(Weights weights) {
        op = weights.backend().linear();
        weight = matrix(weights.factor("weight"));
        bias = weights.value("bias");
        dweight = weights.trained() ? matrix(weights.gradient("weight")) : null;
        dbias = weights.gradient("bias");
    }

    /** A convolution's (D, C, p, p) is the matrix (D, C·p·p). */
    private static Tensor matrix(Tensor kernel) {
        return kernel.view(kernel.dim(0), Math.toIntExact(kernel.count() / kernel.dim(0)));
    }

    void forward(Tensor y, Tensor x) {
        op.forward(y, x, weight, bias);
    }

    /** y = GELU(hidden) of hidden = x·Wᵀ + b. */
    void forwardGelu(Tensor y, Tensor hidden, Tensor x) {
        op.forwardGelu(y, hidden, x, weight, bias);
    }

    /** Accumulates the weights' gradients; {@code dx} is overwritten, may be x, and is left out when null. */
    void backward(Tensor dx, Tensor dy, Tensor x) {
        if (dx == null) {
            op.backwardWeight(dweight, dbias, dy, x);
        } else {
            op.backward(dx, dweight, dbias, dy, x, weight);
        }
    }

    /** Accumulates the weights' gradients for x = GELU(hidden); {@code dhidden} is overwritten, and may be x. */
    void backwardGelu(Tensor dhidden, Tensor dy, Tensor x, Tensor hidden) {
        op.backwardGelu(dhidden, dweight, dbias, dy, x, weight, hidden);
    }
}
