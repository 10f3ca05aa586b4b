package attmask.ptx;

/**
 * An instruction that lanes execute together with those that a mask of theirs names. Lanes that have exited are not
 * waited for; lanes with different masks form groups of their own.
 */
abstract class WarpWide extends Instruction {
    private final int members;

    /** @param members slot of the masks */
    WarpWide(int members) {
        this.members = members;
    }

    /** For the lanes of one group, all that are alive of its mask. */
    abstract void together(Warp warp, int mask);

    @Override
    boolean synchronizes() {
        return true;
    }

    @Override
    int needs(Warp warp, int mask) {
        int named = 0;
        for (int k = mask; k != 0; k &= k - 1) {
            named |= warp.words[members][first(k)];
        }
        return named & warp.alive;
    }

    @Override
    final void execute(Warp warp, int mask) {
        int rest = mask;
        while (rest != 0) {
            int named = warp.words[members][first(rest)];
            int group = 0;
            for (int k = rest; k != 0; k &= k - 1) {
                int lane = first(k);
                group |= warp.words[members][lane] == named ? 1 << lane : 0;
            }
            if ((group & ~named) != 0) {
                throw fault(
                        warp,
                        first(group & ~named),
                        "lane is not in the mask 0x" + Integer.toHexString(named) + " that it names");
            }
            together(warp, group);
            rest &= ~group;
        }
    }
}
