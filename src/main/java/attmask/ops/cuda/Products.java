package attmask.ops.cuda;

import attmask.cuda.Driver;
import attmask.cuda.GemmType;

/**
 * Products of row-major matrices by a library that is column-major. A row-major matrix read by columns is its
 * transpose, and Cᵀ = op(B)ᵀ · op(A)ᵀ: swap the factors, keep everything else.
 */
final class Products {
    private final Driver driver;

    Products(Driver driver) {
        this.driver = driver;
    }

    /**
     * C ← op(A) · op(B) + β · C, with op(A) (m, k), op(B) (k, n) and C (m, n), each dense; op transposes where told so.
     *
     * @param beta 0 to overwrite C, whatever it holds; 1 to add to it
     */
    void multiply(boolean transposeA, boolean transposeB, int m, int n, int k, long a, long b, float beta, long c) {
        driver.gemm(
                Driver.Stream.MAIN,
                GemmType.F32,
                transposeB,
                transposeA,
                n,
                m,
                k,
                1f,
                b,
                transposeB ? k : n,
                a,
                transposeA ? m : k,
                beta,
                c,
                n);
    }
}
