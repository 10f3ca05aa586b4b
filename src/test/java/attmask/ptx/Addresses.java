package attmask.ptx;

/** Reads address operands, and keeps the smallest access of a kernel to shared and to global memory. */
final class Addresses {
    private final Slots slots;
    private int sharedGranule = 4;
    private int globalGranule = 4;

    Addresses(Slots slots) {
        this.slots = slots;
    }

    /** {@code [register + offset]} or {@code [variable + offset]}. */
    record Address(int slot, boolean wide, int offset) {
        /** A lane's address. */
        long of(Warp warp, int lane) {
            return (wide ? warp.longs[slot][lane] : warp.words[slot][lane]) + offset;
        }
    }

    /** @param wide whether a variable's address is 64 bits wide: those of global memory */
    Address parse(String operand, boolean wide) {
        String base = base(operand);
        boolean isLong = slots.isRegister(base) ? slots.isWide(base) : wide;
        return new Address(isLong ? slots.longWord(base) : slots.word(base), isLong, offset(operand));
    }

    static String base(String operand) {
        String inside = operand.substring(1, operand.length() - 1).trim();
        int plus = inside.indexOf('+');
        return plus < 0 ? inside : inside.substring(0, plus).trim();
    }

    static int offset(String operand) {
        int plus = operand.indexOf('+');
        return plus < 0
                ? 0
                : (int) Literals.bits(
                        operand.substring(plus + 1, operand.length() - 1).trim());
    }

    void sharedAccess(int bytes) {
        sharedGranule = Math.min(sharedGranule, bytes);
    }

    void globalAccess(int bytes) {
        globalGranule = Math.min(globalGranule, bytes);
    }

    int sharedGranule() {
        return sharedGranule;
    }

    int globalGranule() {
        return globalGranule;
    }
}
