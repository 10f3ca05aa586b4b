package attmask.ptx;

/**
 * The registers of a load or store, one for each element of its vector.
 *
 * @param slots in the file of words, or of longs when {@code wide}
 * @param bytes of one element in memory
 * @param signed whether smaller elements are extended by their sign
 * @param half whether the registers have 16 bits
 */
record Values(int[] slots, int bytes, boolean wide, boolean signed, boolean half) {
    /** Bytes of one lane's access, which is also its alignment. */
    int total() {
        return slots.length * bytes;
    }

    /** Registers ← memory at the warp's offsets. */
    void load(Warp warp, byte[] data, int mask) {
        for (int i = 0; i < slots.length; i++) {
            if (wide) {
                Bytes.load(warp.longs[slots[i]], data, warp.offsets, i * bytes, mask, bytes, signed);
            } else {
                Bytes.load(warp.words[slots[i]], data, warp.offsets, i * bytes, mask, bytes, signed, half);
            }
        }
    }

    /** Memory at the warp's offsets ← registers. */
    void store(Warp warp, byte[] data, int mask) {
        for (int i = 0; i < slots.length; i++) {
            if (wide) {
                Bytes.store(data, warp.offsets, i * bytes, mask, bytes, warp.longs[slots[i]]);
            } else {
                Bytes.store(data, warp.offsets, i * bytes, mask, bytes, warp.words[slots[i]]);
            }
        }
    }
}
