package attmask.report;

/**
 * Colours for numbers: matplotlib's "inferno" (van der Walt and Smith, CC0), whose lightness rises evenly, so that it
 * reads well in grey and by the colour-blind too. Seventeen of its colours, straight lines in between.
 */
final class Colormap {
    private static final int[] INFERNO = {
        0x000004, 0x0B0724, 0x210C4A, 0x3D0965, 0x57106E, 0x71196E, 0x8A226A, 0xA32C61, 0xBC3754, 0xD24644, 0xE45A31,
        0xF1731D, 0xF98E09, 0xFCAC11, 0xF9CB35, 0xF2EA69, 0xFCFFA4
    };

    private Colormap() {}

    /** The colour of a value in [0, 1]; beyond is clamped, NaN is black. */
    static int inferno(double value) {
        double place = Math.min(1, Math.max(0, value)) * (INFERNO.length - 1);
        int below = Math.min((int) place, INFERNO.length - 2);
        double part = place - below;
        int colour = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int a = INFERNO[below] >> shift & 0xFF;
            int b = INFERNO[below + 1] >> shift & 0xFF;
            colour |= (int) Math.round(a + (b - a) * part) << shift;
        }
        return colour;
    }
}
