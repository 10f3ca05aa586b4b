package attmask.ptx;

/** Numbers as PTX writes them. */
final class Literals {
    private Literals() {}

    /** The bits of {@code 12}, {@code -1}, {@code 0x1F}, {@code 0f3F800000} (float) or {@code 0d...} (double). */
    static long bits(String literal) {
        String text = literal.endsWith("U") ? literal.substring(0, literal.length() - 1) : literal;
        try {
            if (text.length() > 2 && "fFdD".indexOf(text.charAt(1)) >= 0 && text.charAt(0) == '0') {
                return Long.parseUnsignedLong(text.substring(2), 16);
            }
            if (text.startsWith("0x") || text.startsWith("0X")) {
                return Long.parseUnsignedLong(text.substring(2), 16);
            }
            return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new UnsupportedPtxException("operand " + literal);
        }
    }
}
