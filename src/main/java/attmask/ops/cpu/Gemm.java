package attmask.ops.cpu;

import org.bytedeco.dnnl.global.dnnl;

/** Row-major single-precision matrix products on the calling thread; one instance per thread. */
final class Gemm {
    private final Operand first = new Operand();
    private final Operand second = new Operand();
    private final Operand result = new Operand();

    /** c (m, n) ← alpha · a (m, k) · bᵀ, b (n, k), + beta · c. */
    void timesTransposed(
            int m, int n, int k, float alpha, long a, long lda, long b, long ldb, float beta, long c, long ldc) {
        call('N', 'T', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    /** c (m, n) ← alpha · aᵀ, a (k, m), · b (k, n) + beta · c. */
    void transposedTimes(
            int m, int n, int k, float alpha, long a, long lda, long b, long ldb, float beta, long c, long ldc) {
        call('T', 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    private void call(
            char transposeA,
            char transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            long lda,
            long b,
            long ldb,
            float beta,
            long c,
            long ldc) {
        int status = dnnl.dnnl_sgemm(
                (byte) transposeA,
                (byte) transposeB,
                m,
                n,
                k,
                alpha,
                first.at(a),
                lda,
                second.at(b),
                ldb,
                beta,
                result.at(c),
                ldc);
        if (status != dnnl.dnnl_success) {
            OneDnn.check(status, "dnnl_sgemm of " + m + "x" + n + "x" + k);
        }
    }
}
