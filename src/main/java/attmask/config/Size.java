package attmask.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Height and width in pixels. */
public record Size(int height, int width) {
    public Size {
        Check.positive("image height", height);
        Check.positive("image width", width);
    }

    public static Size square(int side) {
        return new Size(side, side);
    }

    public int pixels() {
        return Math.multiplyExact(height, width);
    }

    /**
     * Reads a side such as {@code 32} or height and width such as {@code 224x160}.
     *
     * @throws UserException if the text is neither
     */
    public static Size parse(String text) {
        Check.that(isSize(text), "an image size", '"' + text + '"', "a side such as 32, or height x width as 224x160");
        String[] sides = text.split("x");
        return new Size(Integer.parseInt(sides[0]), Integer.parseInt(sides[sides.length - 1]));
    }

    static boolean isSize(String text) {
        return text.matches("\\d{1,9}(x\\d{1,9})?");
    }

    /** From a number or text. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Size json(Object json) {
        return parse(json.toString());
    }

    /** A number if square, else text. */
    @JsonValue
    private Object json() {
        return height == width ? (Object) height : toString();
    }

    @Override
    public String toString() {
        return height == width ? Integer.toString(height) : height + "x" + width;
    }
}
