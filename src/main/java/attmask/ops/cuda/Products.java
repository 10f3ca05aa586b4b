package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * Products of row-major matrices by a library that is column-major. A row-major matrix read by columns is its
 * transpose, and Cᵀ = op(B)ᵀ · op(A)ᵀ: swap the factors, keep everything else.
 */
final class Products {
    private final Driver driver;
    private final GemmType real;

    /** @param real type of products of float32: F32 or TF32 */
    Products(Driver driver, GemmType real) {
        this.driver = driver;
        this.real = real;
    }

    /**
     * C ← op(A) · op(B) + β · C, with op(A) (m, k), op(B) (k, n) and C (m, n), each dense; op transposes where told so.
     * All are F32 or all BF16, but C may be F32 when A and B are BF16.
     *
     * @param beta 0 to overwrite C, whatever it holds; 1 to add to it
     */
    void multiply(
            boolean transposeA, boolean transposeB, int m, int n, int k, Tensor a, Tensor b, float beta, Tensor c) {
        driver.gemm(
                Driver.Stream.MAIN,
                type(a, b, c),
                transposeB,
                transposeA,
                n,
                m,
                k,
                1f,
                at(b),
                transposeB ? k : n,
                at(a),
                transposeA ? m : k,
                beta,
                at(c),
                n);
    }

    private GemmType type(Tensor a, Tensor b, Tensor c) {
        if (a.type() == b.type() && (c.type() == DType.F32 || c.type() == a.type())) {
            if (a.type() == DType.F32) {
                return real;
            }
            if (a.type() == DType.BF16) {
                return c.type() == DType.F32 ? GemmType.BF16_TO_F32 : GemmType.BF16;
            }
        }
        throw new IllegalArgumentException("cuda: no product of " + a + " and " + b + " into " + c);
    }
}
