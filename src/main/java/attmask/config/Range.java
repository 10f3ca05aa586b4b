package attmask.config;

import com.fasterxml.jackson.annotation.JsonFormat;

/** A closed interval that a value is drawn from uniformly. */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
public record Range(double min, double max) {
    /** Fails unless {@code lowest <= min <= max <= highest}; NaN fails too. */
    void within(String setting, double lowest, double highest) {
        Check.that(
                lowest <= min && min <= max && max <= highest,
                setting,
                this,
                "a minimum and a maximum between " + lowest + " and " + highest + ", in this order");
    }

    @Override
    public String toString() {
        return min + "," + max;
    }
}
