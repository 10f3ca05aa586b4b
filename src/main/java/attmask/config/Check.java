package attmask.config;

/** Checks of settings; the message names the setting, its value and what is allowed. */
final class Check {
    private Check() {}

    static void that(boolean condition, String setting, Object value, String allowed) {
        if (!condition) {
            throw new UserException(setting + " is " + value + "; it must be " + allowed);
        }
    }

    static void positive(String setting, double value) {
        that(value > 0 && Double.isFinite(value), setting, value, "positive");
    }

    static void positive(String setting, int value) {
        that(value > 0, setting, value, "positive");
    }

    static void notNegative(String setting, double value) {
        that(value >= 0 && Double.isFinite(value), setting, value, "0 or more");
    }

    static void unit(String setting, double value) {
        that(value >= 0 && value <= 1, setting, value, "between 0 and 1");
    }
}
