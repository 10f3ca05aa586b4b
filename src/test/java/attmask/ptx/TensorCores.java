package attmask.ptx;

/** mma.sync m16n8k16 of bfloat16 with float32 sums, and ldmatrix, which feeds it. */
final class TensorCores {
    private static final int M = 16;
    private static final int N = 8;
    private static final int K = 16;

    private final Slots slots;
    private final Addresses addresses;

    TensorCores(Slots slots, Addresses addresses) {
        this.slots = slots;
        this.addresses = addresses;
    }

    Instruction decode(Statement s) {
        if (s.parts()[0].equals("ldmatrix")) {
            return loadMatrix(s);
        }
        if (!s.opcode().equals("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")) {
            throw new UnsupportedPtxException(s.opcode());
        }
        return multiply(s);
    }

    /** All lanes of the warp take part. */
    private abstract static class Aligned extends Instruction {
        @Override
        boolean synchronizes() {
            return true;
        }

        @Override
        int needs(Warp warp, int mask) {
            return -1;
        }
    }

    /**
     * Up to four 8×8 matrices of 16-bit numbers; lane 8·i + r gives the address of row r of matrix i. Lane l gets
     * elements 2·(l mod 4) and the next of row l / 4, or of column l / 4 when transposed.
     */
    private Instruction loadMatrix(Statement s) {
        int[] d = slots.words(Moves.elements(s.operand(0)));
        Addresses.Address address = addresses.parse(s.operand(1), false);
        boolean transposed = s.has("trans");
        int[][] results = new int[d.length][Warp.LANES];
        addresses.sharedAccess(4);
        return new Aligned() {
            @Override
            void execute(Warp warp, int mask) {
                byte[] data = warp.block.shared.data;
                for (int i = 0; i < d.length; i++) {
                    for (int row = 0; row < 8; row++) {
                        int lane = 8 * i + row;
                        int at = SharedAccess.offset(this, warp, lane, address.of(warp, lane), 16);
                        warp.offsets[lane] = at;
                        SharedAccess.read(this, warp, lane, at, 16);
                        if (transposed) {
                            column(results[i], row, data, at);
                        } else {
                            for (int c = 0; c < 4; c++) {
                                results[i][4 * row + c] = (int) Bytes.I32.get(data, at + 4 * c);
                            }
                        }
                    }
                }
                warp.block.counters.shared(warp.offsets, d.length == 4 ? -1 : (1 << 8 * d.length) - 1, 16);
                for (int i = 0; i < d.length; i++) {
                    System.arraycopy(results[i], 0, warp.words[d[i]], 0, Warp.LANES);
                }
            }
        };
    }

    private static void column(int[] result, int row, byte[] data, int at) {
        for (int c = 0; c < 8; c++) {
            int value = (short) Bytes.I16.get(data, at + 2 * c) & 0xffff;
            int lane = 4 * c + row / 2;
            result[lane] = row % 2 == 0 ? value : result[lane] | value << 16;
        }
    }

    /** D ← A · B + C: lane l holds rows l / 4 and l / 4 + 8, columns 2·(l mod 4) and the next (and 8 further in A). */
    private Instruction multiply(Statement s) {
        int[] d = slots.words(Moves.elements(s.operand(0)));
        int[] a = slots.words(Moves.elements(s.operand(1)));
        int[] b = slots.words(Moves.elements(s.operand(2)));
        int[] c = slots.words(Moves.elements(s.operand(3)));
        float[] left = new float[M * K];
        float[] right = new float[K * N];
        float[] sums = new float[M * N];
        return new Aligned() {
            @Override
            void execute(Warp warp, int mask) {
                gather(warp);
                int[] order = warp.block.mmaOrder;
                for (int i = 0; i < M; i++) {
                    for (int step = 0; step < K; step++) {
                        int k = order[step];
                        float x = left[i * K + k];
                        for (int j = 0; j < N; j++) {
                            sums[i * N + j] += x * right[k * N + j];
                        }
                    }
                }
                for (int lane = 0; lane < Warp.LANES; lane++) {
                    for (int i = 0; i < 4; i++) {
                        warp.words[d[i]][lane] = Float.floatToRawIntBits(sums[sum(lane, i)]);
                    }
                }
            }

            private void gather(Warp warp) {
                for (int lane = 0; lane < Warp.LANES; lane++) {
                    int row = lane / 4;
                    int pair = lane % 4 * 2;
                    for (int i = 0; i < 4; i++) {
                        int value = warp.words[a[i]][lane];
                        int at = (row + i % 2 * 8) * K + pair + i / 2 * 8;
                        left[at] = Brain.real(value);
                        left[at + 1] = Float.intBitsToFloat(value & 0xffff0000);
                        sums[sum(lane, i)] = Float.intBitsToFloat(warp.words[c[i]][lane]);
                    }
                    for (int i = 0; i < 2; i++) {
                        int value = warp.words[b[i]][lane];
                        int at = (pair + i * 8) * N + row;
                        right[at] = Brain.real(value);
                        right[at + N] = Float.intBitsToFloat(value & 0xffff0000);
                    }
                }
            }
        };
    }

    private static int sum(int lane, int i) {
        return (lane / 4 + i / 2 * 8) * N + lane % 4 * 2 + i % 2;
    }
}
