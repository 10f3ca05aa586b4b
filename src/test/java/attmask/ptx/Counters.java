package attmask.ptx;

/** What one launch did to memory, counted as it runs. */
final class Counters {
    private static final int SECTOR_BITS = 5;

    long globalLoadBytes;
    long globalLoadSectors;
    long globalStoreBytes;
    long globalStoreSectors;
    long sharedAccesses;
    long sharedConflicts;
    long divergentBranches;
    long localBytes;

    private final int[] sectors = new int[Warp.LANES];
    private final int[] touched = new int[Warp.LANES];
    private final int[] bankWord = new int[Warp.LANES];

    /** One instruction's accesses of {@code bytes} at the lanes' offsets: different bytes, and the sectors they lie in. */
    void global(int[] offsets, int mask, int bytes, boolean store) {
        int count = 0;
        int last = 0;
        long different = 0;
        int field = bytes == 32 ? -1 : (1 << bytes) - 1;
        for (int k = mask; k != 0; k &= k - 1) {
            int at = offsets[Integer.numberOfTrailingZeros(k)];
            int sector = at >> SECTOR_BITS;
            int bits = field << (at & 31);
            int i = last;
            if (count == 0 || sectors[i] != sector) {
                i = 0;
                while (i < count && sectors[i] != sector) {
                    i++;
                }
                if (i == count) {
                    sectors[count] = sector;
                    touched[count++] = 0;
                }
                last = i;
            }
            different += Integer.bitCount(bits & ~touched[i]);
            touched[i] |= bits;
        }
        add(different, count, store);
    }

    /** The same for {@code bytes} in a row. */
    void globalSpan(int at, int bytes, boolean store) {
        add(bytes, (at + bytes - 1 >> SECTOR_BITS) - (at >> SECTOR_BITS) + 1, store);
    }

    private void add(long bytes, int count, boolean store) {
        if (store) {
            globalStoreBytes += bytes;
            globalStoreSectors += count;
        } else {
            globalLoadBytes += bytes;
            globalLoadSectors += count;
        }
    }

    /**
     * One instruction's accesses to shared memory. 32 banks of 4 bytes serve a word each at a time: lanes that want
     * different words of one bank wait. Accesses of 8 and 16 bytes go in two and four parts.
     */
    void shared(int[] offsets, int mask, int bytes) {
        int part = bytes <= 4 ? Warp.LANES : Warp.LANES * 4 / bytes;
        int words = Math.max(1, bytes / 4);
        for (int from = 0; from < Warp.LANES; from += part) {
            int lanes = part == Warp.LANES ? mask : mask & (1 << part) - 1 << from;
            if (lanes != 0) {
                sharedAccesses++;
                if (conflicting(offsets, lanes, words)) {
                    sharedConflicts += worstBank(offsets, lanes, words) - 1;
                }
            }
        }
    }

    private boolean conflicting(int[] offsets, int lanes, int words) {
        int used = 0;
        int last = -1;
        for (int k = lanes; k != 0; k &= k - 1) {
            int word = offsets[Integer.numberOfTrailingZeros(k)] >> 2;
            if (word == last) {
                continue;
            }
            last = word;
            for (int w = word; w < word + words; w++) {
                int bank = w & 31;
                if ((used >> bank & 1) != 0 && bankWord[bank] != w) {
                    return true;
                }
                used |= 1 << bank;
                bankWord[bank] = w;
            }
        }
        return false;
    }

    /** Different words of the bank that has most. */
    private int worstBank(int[] offsets, int lanes, int words) {
        int worst = 1;
        for (int bank = 0; bank < 32; bank++) {
            int count = 0;
            for (int k = lanes; k != 0; k &= k - 1) {
                int word = offsets[Integer.numberOfTrailingZeros(k)] >> 2;
                int mine = word + (bank - word & 31);
                if (mine < word + words && !contains(bankWord, count, mine)) {
                    bankWord[count++] = mine;
                }
            }
            worst = Math.max(worst, count);
        }
        return worst;
    }

    private static boolean contains(int[] values, int count, int value) {
        for (int i = 0; i < count; i++) {
            if (values[i] == value) {
                return true;
            }
        }
        return false;
    }
}
