package attmask.ptx;

import java.util.ArrayList;
import java.util.List;

/** Micro-kernels of ldmatrix and mma, after the fragments' pictures in NVIDIA's PTX manual. */
final class TensorMicroKernels {
    private static final int LANES = Warp.LANES;

    private final List<MicroKernel> list = new ArrayList<>();

    static List<MicroKernel> all() {
        TensorMicroKernels kernels = new TensorMicroKernels();
        for (int count : new int[] {1, 2, 4}) {
            kernels.loadMatrix(count, false);
            kernels.loadMatrix(count, true);
        }
        kernels.multiply(0);
        kernels.multiply(2);
        return kernels.list;
    }

    /** Every thread's 16 bytes are a row of eight numbers; lanes 8·i to 8·i + 7 name the rows of matrix i. */
    private void loadMatrix(int count, boolean transposed) {
        String opcode = "ldmatrix.sync.aligned.m8n8.x" + count + (transposed ? ".trans" : "") + ".shared.b16";
        StringBuilder body = new StringBuilder();
        body.append("not.b32 %r8, %ra;\nxor.b32 %r9, %ra, %rc;\n");
        body.append("st.shared.v4.u32 [%own], {%ra, %rc, %r8, %r9};\nbar.sync 0;\n");
        String registers = String.join(", ", List.of("%r1", "%r2", "%r3", "%r4").subList(0, count));
        body.append(opcode).append(" {").append(registers).append("}, [%own];\n");
        for (int i = 1; i <= count; i++) {
            body.append("mad.lo.s32 %rd, %rd, 3, %r").append(i).append(";\n");
        }
        MicroKernel.Expected expected = (a, b, c, t) -> {
            int result = 0;
            for (int i = 0; i < count; i++) {
                int lane = t % LANES;
                int first = t - lane + 8 * i;
                int row = lane / 4;
                int pair = lane % 4 * 2;
                int low = transposed ? number(a, c, first + pair, row) : number(a, c, first + row, pair);
                int high = transposed ? number(a, c, first + pair + 1, row) : number(a, c, first + row, pair + 1);
                result = 3 * result + (low | high << 16);
            }
            return result & 0xffffffffL;
        };
        long[][] inputs = Samples.columns(Samples.WORDS, Samples.WORDS, Samples.WORDS);
        list.add(new MicroKernel(opcode, body.toString(), "%rd", inputs, expected, MicroKernels.EXACT));
    }

    /** Number {@code column} of thread {@code t}'s row. */
    private static int number(long[] a, long[] c, int t, int column) {
        long[] words = {a[t], c[t], ~a[t], a[t] ^ c[t]};
        return (int) (words[column / 2] >>> column % 2 * 16) & 0xffff;
    }

    /** Elements {@code first} and the next of D's fragment. */
    private void multiply(int first) {
        String opcode = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
        String body = String.join(
                "\n",
                "mov.b32 %r1, {%ha, %hb};",
                "mov.b32 %r2, {%hb, %hc};",
                "mov.b32 %r3, {%hc, %ha};",
                "mov.b32 %r4, {%ha, %hc};",
                "mov.b32 %r5, {%hb, %ha};",
                "mov.b32 %r6, {%hc, %hb};",
                "shl.b32 %r7, %ra, 16;",
                "shl.b32 %r8, %rb, 16;",
                "shl.b32 %r9, %rc, 16;",
                opcode + " {%r10, %r11, %r12, %r13}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%r7, %r8, %r9, %r7};",
                "mov.b64 %ld, {%r" + (10 + first) + ", %r" + (11 + first) + "};");
        MicroKernel.Agreement agreement =
                (expected, actual) -> close(expected, actual) && close(expected >>> 32, actual >>> 32);
        MicroKernel.Expected expected = (a, b, c, t) -> {
            double[][] in = {reals(a, t), reals(b, t), reals(c, t)};
            return MicroKernels.bits(product(in, t % LANES, first))
                    | MicroKernels.bits(product(in, t % LANES, first + 1)) << 32;
        };
        long[][] inputs = Samples.columns(Samples.BRAINS, Samples.BRAINS, Samples.BRAINS);
        list.add(new MicroKernel(opcode, body, "%ld", inputs, expected, agreement));
    }

    /** 17 terms of order one in float32, and a GPU truncates while it adds. */
    private static boolean close(long expected, long actual) {
        return Math.abs(MicroKernels.real(expected) - MicroKernels.real(actual)) < 1e-4;
    }

    /** The numbers of the warp's lanes. */
    private static double[] reals(long[] column, int t) {
        double[] values = new double[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            values[lane] = MicroKernels.real(column[t / LANES * LANES + lane] << 16);
        }
        return values;
    }

    private static float product(double[][] in, int lane, int i) {
        int row = lane / 4 + (i < 2 ? 0 : 8);
        int column = lane % 4 * 2 + i % 2;
        int[] old = {0, 1, 2, 0};
        double sum = in[old[i]][lane];
        for (int k = 0; k < 16; k++) {
            sum += left(in, row, k) * right(in, k, column);
        }
        return (float) sum;
    }

    /** A(row, k): lane 4·(row mod 8) + (k mod 8) / 2; register by which half of the rows and of the columns. */
    private static double left(double[][] in, int row, int k) {
        int[][] registers = {{0, 1}, {1, 2}, {2, 0}, {0, 2}};
        int lane = row % 8 * 4 + k % 8 / 2;
        return in[registers[row / 8 + k / 8 * 2][k % 2]][lane];
    }

    /** B(k, column): lane 4·column + (k mod 8) / 2; register by which half of the rows. */
    private static double right(double[][] in, int k, int column) {
        int[][] registers = {{1, 0}, {2, 1}};
        return in[registers[k / 8][k % 2]][column * 4 + k % 8 / 2];
    }
}
