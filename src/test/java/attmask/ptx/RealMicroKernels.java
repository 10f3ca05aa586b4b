package attmask.ptx;

import static attmask.ptx.MicroKernels.EXACT;
import static attmask.ptx.MicroKernels.bits;
import static attmask.ptx.MicroKernels.real;
import static attmask.ptx.Samples.DOUBLES;
import static attmask.ptx.Samples.FLOATS;
import static attmask.ptx.Samples.LONGS;
import static attmask.ptx.Samples.MODERATE;
import static attmask.ptx.Samples.POSITIVE;
import static attmask.ptx.Samples.WORDS;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Micro-kernels of floating-point arithmetic and of conversions from and to it. */
final class RealMicroKernels {
    /** Bits, but any NaN will do for NaN. */
    static final MicroKernel.Agreement FLOAT =
            (expected, actual) -> expected == actual || Float.isNaN(real(expected)) && Float.isNaN(real(actual));

    private static final MicroKernel.Agreement DOUBLE = (expected, actual) -> expected == actual
            || Double.isNaN(Double.longBitsToDouble(expected)) && Double.isNaN(Double.longBitsToDouble(actual));

    /** ex2, lg2, rcp and the like promise 2^-22 or so, relative or absolute. */
    private static final MicroKernel.Agreement APPROXIMATE = (expected, actual) ->
            Math.abs(real(expected) - real(actual)) <= 0x1p-21 * Math.max(Math.abs(real(expected)), 1);

    private final List<MicroKernel> list = new ArrayList<>();

    private interface Longs {
        long of(long a, long b, long c);
    }

    private interface Reals {
        float of(float a, float b, float c);
    }

    private interface Doubles {
        double of(double a, double b, double c);
    }

    static List<MicroKernel> all() {
        RealMicroKernels kernels = new RealMicroKernels();
        kernels.reals();
        kernels.approximate();
        kernels.brains();
        kernels.doubles();
        kernels.realConversions();
        return kernels.list;
    }

    private void add(String opcode, String operands, String d, Samples[] in, MicroKernel.Agreement agreement, Longs f) {
        String body = "    " + opcode + " " + d + (operands.isEmpty() ? "" : ", " + operands) + ";";
        long[][] columns = Samples.columns(in[0], in[1], in[2]);
        list.add(new MicroKernel(opcode, body, d, columns, (a, b, c, t) -> f.of(a[t], b[t], c[t]), agreement));
    }

    private static Samples[] in(Samples... samples) {
        return new Samples[] {
            samples[0], samples.length > 1 ? samples[1] : samples[0], samples.length > 2 ? samples[2] : samples[0]
        };
    }

    private void float32(String opcodes, int operands, Samples[] in, MicroKernel.Agreement agreement, Reals f) {
        for (String opcode : opcodes.split(" ")) {
            String names = String.join(", ", List.of("%ra", "%rb", "%rc").subList(0, operands));
            add(opcode, names, "%rd", in, agreement, (a, b, c) -> bits(f.of(real(a), real(b), real(c))));
        }
    }

    private void reals() {
        Samples[] floats = in(FLOATS);
        float32("add.f32 add.rn.f32", 2, floats, FLOAT, (a, b, c) -> a + b);
        float32("sub.f32 sub.rn.f32", 2, floats, FLOAT, (a, b, c) -> a - b);
        float32("mul.f32 mul.rn.f32", 2, floats, FLOAT, (a, b, c) -> a * b);
        float32("fma.rn.f32", 3, floats, FLOAT, Math::fma);
        float32("fma.rm.f32", 3, in(MODERATE), FLOAT, (a, b, c) -> PlainMath.directed(a, b, c, -1));
        float32("fma.rp.f32", 3, in(MODERATE), FLOAT, (a, b, c) -> PlainMath.directed(a, b, c, 1));
        float32("fma.rz.f32", 3, in(MODERATE), FLOAT, (a, b, c) -> PlainMath.directed(a, b, c, 0));
        float32("add.rz.f32", 2, in(MODERATE), FLOAT, (a, b, c) -> PlainMath.directed(a, 1, b, 0));
        float32("mul.rz.f32", 2, in(MODERATE), FLOAT, (a, b, c) -> PlainMath.directed(a, b, 0, 0));
        float32("div.rn.f32", 2, floats, FLOAT, (a, b, c) -> a / b);
        float32("rcp.rn.f32", 1, floats, FLOAT, (a, b, c) -> 1 / a);
        float32("sqrt.rn.f32", 1, floats, FLOAT, (a, b, c) -> (float) Math.sqrt(a));
        float32("min.f32", 2, floats, FLOAT, (a, b, c) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b));
        float32("max.f32", 2, floats, FLOAT, (a, b, c) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b));
        float32("max.NaN.f32", 2, floats, FLOAT, (a, b, c) -> Math.max(a, b));
        float32("neg.f32", 1, floats, FLOAT, (a, b, c) -> -a);
        float32("abs.f32", 1, floats, FLOAT, (a, b, c) -> Math.abs(a));
        float32("copysign.f32", 2, floats, FLOAT, (a, b, c) -> Math.copySign(b, a));
        float32("cvt.sat.f32.f32", 1, floats, FLOAT, (a, b, c) -> a > 0 ? Math.min(a, 1) : 0);
        add("slct.f32.s32", "%ra, %rb, %rc", "%rd", in(WORDS), EXACT, (a, b, c) -> (int) c >= 0 ? a : b);
    }

    private void approximate() {
        float32("ex2.approx.f32 ex2.approx.ftz.f32", 1, in(Samples.SMALL), APPROXIMATE, (a, b, c) ->
                (float) Math.pow(2, a));
        float32("lg2.approx.f32 lg2.approx.ftz.f32", 1, in(POSITIVE), APPROXIMATE, (a, b, c) ->
                (float) (Math.log(a) / Math.log(2)));
        float32("rcp.approx.f32 rcp.approx.ftz.f32", 1, in(MODERATE), APPROXIMATE, (a, b, c) -> 1 / a);
        float32("rsqrt.approx.f32 rsqrt.approx.ftz.f32", 1, in(POSITIVE), APPROXIMATE, (a, b, c) ->
                (float) Math.pow(a, -0.5));
        float32("sqrt.approx.f32", 1, in(POSITIVE), APPROXIMATE, (a, b, c) -> (float) Math.sqrt(a));
        float32("div.approx.f32 div.full.f32 div.approx.ftz.f32", 2, in(MODERATE), APPROXIMATE, (a, b, c) -> a / b);
        float32("tanh.approx.f32", 1, in(MODERATE), (e, a) -> Math.abs(real(e) - real(a)) <= 0x1p-10, (a, b, c) ->
                (float) Math.tanh(a));
    }

    private void brains() {
        Samples[] floats = in(FLOATS);
        MicroKernel.Agreement agreement = (expected, actual) ->
                expected == actual || Float.isNaN(real(expected << 16)) && Float.isNaN(real(actual << 16));
        add("cvt.rn.bf16.f32", "%ra", "%hd", floats, agreement, (a, b, c) -> PlainMath.brain(real(a)));
        add(
                "cvt.rn.bf16x2.f32",
                "%ra, %rb",
                "%rd",
                in(MODERATE),
                EXACT,
                (a, b, c) -> (long) PlainMath.brain(real(a)) << 16 | PlainMath.brain(real(b)));
        add("neg.bf16", "%ha", "%hd", floats, agreement, (a, b, c) -> (a ^ 0x8000) & 0xffff);
        MicroKernel.Agreement exact = EXACT;
        add(
                "fma.rn.bf16",
                "%ha, %hb, %hc",
                "%hd",
                in(Samples.BRAINS),
                exact,
                (a, b, c) -> PlainMath.brain(new BigDecimal(real(a << 16))
                        .multiply(new BigDecimal(real(b << 16)))
                        .add(new BigDecimal(real(c << 16)))));
    }

    private void doubles() {
        Samples[] doubles = in(DOUBLES);
        float64("add.f64 add.rn.f64", 2, doubles, (a, b, c) -> a + b);
        float64("sub.f64 sub.rn.f64", 2, doubles, (a, b, c) -> a - b);
        float64("mul.f64 mul.rn.f64", 2, doubles, (a, b, c) -> a * b);
        float64("fma.rn.f64", 3, doubles, Math::fma);
        float64("div.rn.f64", 2, doubles, (a, b, c) -> a / b);
        float64("rcp.rn.f64", 1, doubles, (a, b, c) -> 1 / a);
        float64("sqrt.rn.f64", 1, doubles, (a, b, c) -> Math.sqrt(a));
        float64("neg.f64", 1, doubles, (a, b, c) -> -a);
        float64("abs.f64", 1, doubles, (a, b, c) -> Math.abs(a));
        float64("max.f64", 2, doubles, (a, b, c) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b));
    }

    private void float64(String opcodes, int operands, Samples[] in, Doubles f) {
        for (String opcode : opcodes.split(" ")) {
            String names = String.join(", ", List.of("%la", "%lb", "%lc").subList(0, operands));
            add(
                    opcode,
                    names,
                    "%ld",
                    in,
                    DOUBLE,
                    (a, b, c) -> Double.doubleToRawLongBits(
                            f.of(Double.longBitsToDouble(a), Double.longBitsToDouble(b), Double.longBitsToDouble(c))));
        }
    }

    private void realConversions() {
        Samples[] words = in(WORDS);
        add("cvt.rn.f32.s32", "%ra", "%rd", words, EXACT, (a, b, c) -> bits(new BigDecimal((int) a).floatValue()));
        add("cvt.rn.f32.u32", "%ra", "%rd", words, EXACT, (a, b, c) -> bits(new BigDecimal(a).floatValue()));
        add("cvt.rn.f32.u16", "%ha", "%rd", words, EXACT, (a, b, c) -> bits((float) (a & 0xffff)));
        add("cvt.rn.f32.s64", "%la", "%rd", in(LONGS), EXACT, (a, b, c) -> bits(new BigDecimal(a).floatValue()));
        add(
                "cvt.rn.f32.u64",
                "%la",
                "%rd",
                in(LONGS),
                EXACT,
                (a, b, c) -> bits(new BigDecimal(new java.math.BigInteger(Long.toUnsignedString(a))).floatValue()));
        add("cvt.rn.f64.s32", "%ra", "%ld", words, EXACT, (a, b, c) -> Double.doubleToRawLongBits((int) a));
        add(
                "cvt.rn.f64.s64",
                "%la",
                "%ld",
                in(LONGS),
                EXACT,
                (a, b, c) -> Double.doubleToRawLongBits(new BigDecimal(a).doubleValue()));
        add("cvt.rzi.s32.f64", "%la", "%rd", in(DOUBLES), EXACT, (a, b, c) -> {
            double value = Double.longBitsToDouble(a);
            double whole = value < 0 ? Math.ceil(value) : Math.floor(value);
            double clamped = Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, whole));
            return Double.isNaN(value) ? 0x80000000L : (long) clamped & 0xffffffffL;
        });
        add("cvt.rn.f64.u32", "%ra", "%ld", words, EXACT, (a, b, c) -> Double.doubleToRawLongBits(a));
        add("cvt.f64.f32", "%ra", "%ld", in(FLOATS), DOUBLE, (a, b, c) -> Double.doubleToRawLongBits(real(a)));
        add("cvt.rn.f32.f64", "%la", "%rd", in(DOUBLES), FLOAT, (a, b, c) -> bits((float) Double.longBitsToDouble(a)));
        Samples[] floats = in(FLOATS);
        add("cvt.rzi.s32.f32", "%ra", "%rd", floats, EXACT, (a, b, c) -> PlainMath.clamped(real(a), 0, true));
        add(
                "cvt.rni.s32.f32",
                "%ra",
                "%rd",
                floats,
                EXACT,
                (a, b, c) -> PlainMath.clamped(Math.rint(real(a)), 0, true));
        add(
                "cvt.rmi.s32.f32",
                "%ra",
                "%rd",
                floats,
                EXACT,
                (a, b, c) -> PlainMath.clamped(Math.floor(real(a)), 0, true));
        add(
                "cvt.rpi.s32.f32",
                "%ra",
                "%rd",
                floats,
                EXACT,
                (a, b, c) -> PlainMath.clamped(Math.ceil(real(a)), 0, true));
        add("cvt.rzi.u32.f32", "%ra", "%rd", floats, EXACT, (a, b, c) -> PlainMath.clamped(real(a), 0, false));
        add(
                "cvt.rzi.s64.f32",
                "%ra",
                "%ld",
                floats,
                EXACT,
                (a, b, c) -> Float.isNaN(real(a)) ? Long.MIN_VALUE : (long) real(a));
        add("cvt.rni.f32.f32", "%ra", "%rd", floats, FLOAT, (a, b, c) -> bits((float) Math.rint(real(a))));
        add("cvt.rmi.f32.f32", "%ra", "%rd", floats, FLOAT, (a, b, c) -> bits((float) Math.floor(real(a))));
        add("cvt.rpi.f32.f32", "%ra", "%rd", floats, FLOAT, (a, b, c) -> bits((float) Math.ceil(real(a))));
        add(
                "cvt.rzi.f32.f32",
                "%ra",
                "%rd",
                floats,
                FLOAT,
                (a, b, c) -> bits((float) (real(a) < 0 ? Math.ceil(real(a)) : Math.floor(real(a)))));
    }
}
