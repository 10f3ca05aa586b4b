package attmask.ptx;

/**
 * The {@code .approx} instructions. A GPU's results are off in their last place, so here a number in three, chosen by
 * its own bits, moves one place up or down: code that builds on exact ones fails. Powers of two are exact, as they are
 * on GPUs.
 */
final class Approximate {
    private static final double LN2 = Math.log(2);

    private final Slots slots;

    Approximate(Slots slots) {
        this.slots = slots;
    }

    private interface Function {
        double of(double x, double y);
    }

    /** Null when the statement is none of them. */
    Instruction decode(Statement s) {
        if (!s.has("approx") && !s.has("full") || !s.type().equals("f32")) {
            return null;
        }
        Function f =
                switch (s.parts()[0]) {
                    case "ex2" -> (x, y) -> Math.exp(x * LN2);
                    case "lg2" -> (x, y) -> Math.log(x) / LN2;
                    case "rcp" -> (x, y) -> 1 / x;
                    case "rsqrt" -> (x, y) -> 1 / Math.sqrt(x);
                    case "sqrt" -> (x, y) -> Math.sqrt(x);
                    case "div" -> (x, y) -> x / y;
                    case "sin" -> (x, y) -> Math.sin(x);
                    case "cos" -> (x, y) -> Math.cos(x);
                    case "tanh" -> (x, y) -> Math.tanh(x);
                    default -> throw new UnsupportedPtxException(s.opcode());
                };
        int d = slots.word(s.operand(0));
        int a = slots.word(s.operand(1));
        int b = s.operands().size() > 2 ? slots.word(s.operand(2)) : a;
        boolean ftz = s.has("ftz");
        return Instruction.of((warp, mask) -> {
            int[][] r = warp.words;
            int noise = warp.block.noise;
            for (int k = mask; k != 0; k &= k - 1) {
                int lane = Instruction.first(k);
                float x = Float.intBitsToFloat(r[a][lane]);
                float y = Float.intBitsToFloat(r[b][lane]);
                float z = (float) (ftz ? f.of(FloatArithmetic.flush(x), FloatArithmetic.flush(y)) : f.of(x, y));
                r[d][lane] = noisy(ftz ? FloatArithmetic.flush(z) : z, r[a][lane] ^ r[b][lane] >>> 1, noise);
            }
        });
    }

    /** The bits of z, or of one of its neighbours; a seed of 0 makes no noise. */
    private static int noisy(float z, int input, int seed) {
        int bits = Float.floatToRawIntBits(z);
        boolean powerOfTwo = (bits & 0x7fffff) == 0;
        if (seed == 0 || powerOfTwo || Math.abs(z) < 2 * Float.MIN_NORMAL || !(Math.abs(z) < Float.MAX_VALUE)) {
            return bits;
        }
        int hash = (input ^ seed) * 0x9e3779b1;
        hash = (hash ^ hash >>> 15) * 0x85ebca6b;
        return switch ((hash >>> 28) % 6) {
            case 0 -> bits + 1;
            case 1 -> bits - 1;
            default -> bits;
        };
    }
}
