package attmask.ptx;

/** Instructions that run in a row. One that synchronises lanes can only stand first; a branch only last. */
final class BasicBlock {
    /** How it goes on. */
    enum End {
        FALL_THROUGH,
        BRANCH,
        EXIT,
        /** brx: a table of targets. */
        TABLE
    }

    final int number;
    Instruction[] instructions;
    /** The first instruction when it synchronises, else null. */
    Instruction gate;

    boolean blockBarrier;
    End end = End.FALL_THROUGH;
    int guard = -1;
    boolean negated;
    int[] targets;
    int index;
    /** How many instructions of each class, the branch among them. */
    final int[] classes = new int[InstructionClass.values().length];

    int count;

    BasicBlock(int number) {
        this.number = number;
    }

    /** The lanes that take the branch. */
    int taken(Warp warp, int mask) {
        return guard < 0 ? mask : mask & (negated ? ~warp.predicates[guard] : warp.predicates[guard]);
    }
}
