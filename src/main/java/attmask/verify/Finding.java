package attmask.verify;

/**
 * One compared quantity of one case.
 *
 * @param error largest error, in the measure that the bound is for
 * @param bound largest error allowed; 0 demands equality
 */
public record Finding(String golden, String quantity, double error, double bound) {
    /** False for NaN too. */
    public boolean passed() {
        return error <= bound;
    }
}
