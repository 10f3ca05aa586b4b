package attmask.ptx;

import java.util.List;

/**
 * One PTX instruction as written.
 *
 * @param guard predicate register that lets lanes take part, or null
 * @param negated true when the lanes without it do
 * @param opcode with its dotted modifiers, {@code ld.global.v4.f32}
 * @param operands destination first, vectors in braces
 * @param line in the PTX, from 1
 * @param source {@code file.cu:12} where the PTX tells, else empty
 */
record Statement(String guard, boolean negated, String opcode, List<String> operands, int line, String source) {
    String operand(int i) {
        return operands.get(i);
    }

    /** Opcode and modifiers. */
    String[] parts() {
        return opcode.split("\\.");
    }

    /** Whether one of the modifiers is {@code modifier}. */
    boolean has(String modifier) {
        return (opcode + '.').contains('.' + modifier + '.');
    }

    /** The last modifier, which is the type. */
    String type() {
        return opcode.substring(opcode.lastIndexOf('.') + 1);
    }

    /** The text and where it stands. */
    String where(String module) {
        String at = "line " + line + " of " + module + ".ptx";
        return source.isEmpty() ? at : source + ", " + at;
    }

    @Override
    public String toString() {
        String prefix = guard == null ? "" : "@" + (negated ? "!" : "") + guard + " ";
        return prefix + opcode + " " + String.join(", ", operands);
    }
}
