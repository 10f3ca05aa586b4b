package attmask.ptx;

import attmask.cuda.CudaException;
import attmask.cuda.GemmType;

/** cuBLAS's gemm on emulated memory: column-major, float32 sums, with the checks that kernels get. */
final class MatrixProduct {
    private final GlobalMemory memory;
    private final GemmType type;

    MatrixProduct(GlobalMemory memory, GemmType type) {
        this.memory = memory;
        this.type = type;
    }

    void run(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc) {
        boolean half = type == GemmType.BF16 || type == GemmType.BF16_TO_F32;
        boolean halfSum = type == GemmType.BF16;
        if (m < 0 || n < 0 || k < 0) {
            throw new CudaException("gemm: m " + m + ", n " + n + ", k " + k);
        }
        if (m == 0 || n == 0) {
            return;
        }
        // op(A) as (m, k) by columns, op(B) as (k, n) by columns: then C's columns are sums of A's.
        float[] left = read("A", a, lda, m, k, transposeA, half);
        float[] right = read("B", b, ldb, k, n, transposeB, half);
        float[] old = beta == 0 ? null : read("C", c, ldc, m, n, false, halfSum);
        span("C", c, ldc, m, n, halfSum);
        float[] column = new float[m];
        for (int j = 0; j < n; j++) {
            java.util.Arrays.fill(column, 0);
            accumulate(column, left, right, j * k, k);
            for (int i = 0; i < m; i++) {
                column[i] = alpha * column[i] + (old == null ? 0 : beta * old[j * m + i]);
            }
            write(c, (long) j * ldc, column, halfSum);
        }
    }

    /** column += Σ over p of A's column p · b[p], four at a time. */
    private static void accumulate(float[] column, float[] left, float[] right, int from, int k) {
        int m = column.length;
        int p = 0;
        for (; p + 4 <= k; p += 4) {
            float b0 = right[from + p];
            float b1 = right[from + p + 1];
            float b2 = right[from + p + 2];
            float b3 = right[from + p + 3];
            int at0 = p * m;
            int at1 = at0 + m;
            int at2 = at1 + m;
            int at3 = at2 + m;
            for (int i = 0; i < m; i++) {
                column[i] += left[at0 + i] * b0 + left[at1 + i] * b1 + left[at2 + i] * b2 + left[at3 + i] * b3;
            }
        }
        for (; p < k; p++) {
            float b0 = right[from + p];
            int at = p * m;
            for (int i = 0; i < m; i++) {
                column[i] += left[at + i] * b0;
            }
        }
    }

    private Allocation span(String name, long address, int stride, int rows, int columns, boolean half) {
        int size = half ? 2 : 4;
        if (stride < rows) {
            throw new CudaException("gemm: " + name + " has columns of " + rows + " but stride " + stride);
        }
        if (address % size != 0) {
            throw new CudaException("gemm: " + name + " is misaligned: " + memory.describe(address));
        }
        return memory.find("gemm: " + name, address, ((long) (columns - 1) * stride + rows) * size);
    }

    /** The (rows, columns) matrix op(X) by columns. */
    private float[] read(
            String name, long address, int stride, int rows, int columns, boolean transposed, boolean half) {
        float[] values = new float[Math.multiplyExact(rows, columns)];
        if (values.length == 0) {
            return values;
        }
        int storedRows = transposed ? columns : rows;
        int storedColumns = transposed ? rows : columns;
        Allocation allocation = span(name, address, stride, storedRows, storedColumns, half);
        int size = half ? 2 : 4;
        for (int j = 0; j < storedColumns; j++) {
            int at = (int) (address - allocation.base + (long) j * stride * size);
            int unwritten = allocation.unwritten(at, storedRows * size);
            if (unwritten >= 0) {
                throw new CudaException("gemm reads uninitialised memory: " + name + " at "
                        + memory.describe(allocation.base + unwritten));
            }
            for (int i = 0; i < storedRows; i++, at += size) {
                float value = half
                        ? Brain.real((short) Bytes.I16.get(allocation.data, at))
                        : Float.intBitsToFloat((int) Bytes.I32.get(allocation.data, at));
                values[transposed ? i * rows + j : j * rows + i] =
                        type == GemmType.TF32 && !name.equals("C") ? tf32(value) : value;
            }
        }
        return values;
    }

    /** Rounded to 10 bits of mantissa, ties away from zero. */
    private static float tf32(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Math.abs(x) <= Float.MAX_VALUE ? Float.intBitsToFloat(bits + 0x1000 & ~0x1fff) : x;
    }

    private void write(long address, long element, float[] column, boolean half) {
        Allocation allocation = memory.find(address);
        int size = half ? 2 : 4;
        int at = (int) (address - allocation.base + element * size);
        allocation.markWritten(at, column.length * size);
        for (float value : column) {
            if (half) {
                Bytes.I16.set(allocation.data, at, (short) Brain.bits(value));
            } else {
                Bytes.I32.set(allocation.data, at, Float.floatToRawIntBits(value));
            }
            at += size;
        }
    }
}
