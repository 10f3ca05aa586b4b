package attmask.data;

import attmask.config.Size;
import attmask.config.UserException;
import attmask.ops.Augment;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/** Runs one entry of a golden {@code augment} file: an operation by name with its parameters, on an image. */
public final class AugmentationCase {
    private AugmentationCase() {}

    /**
     * Applies the operation.
     *
     * @param entry the fields {@code op} and its parameters: {@code resized_crop} (left, top, width, height, size),
     *     {@code brightness}, {@code contrast}, {@code saturation}, {@code hue} (factor), {@code grayscale}, {@code
     *     flip}, {@code solarize} (threshold), {@code gaussian_blur} (radius), {@code resize_shorter_then_center_crop}
     *     (resize, crop). A size is a number or [height, width]
     * @throws UserException when the operation, a parameter or the filter is unknown, missing or out of range
     */
    public static RgbImage apply(JsonNode entry, RgbImage image) {
        if (entry.has("filter") && !entry.get("filter").asText().equals("bicubic")) {
            throw bad(entry, "its filter is not bicubic, the only one there is");
        }
        try {
            return switch (field(entry, "op").asText()) {
                case "resized_crop" ->
                    Augmentation.resizedCrop(
                            image,
                            integer(entry, "left"),
                            integer(entry, "top"),
                            integer(entry, "width"),
                            integer(entry, "height"),
                            size(entry, "size"));
                case "flip" -> Augmentation.flip(image);
                case "brightness" -> Augmentation.brightness(image, number(entry, "factor"));
                case "contrast" -> Augmentation.contrast(image, number(entry, "factor"));
                case "saturation" -> Augmentation.saturation(image, number(entry, "factor"));
                case "hue" -> Augmentation.hue(image, number(entry, "factor"));
                case "grayscale" -> Augmentation.greyscale(image);
                case "solarize" -> Augmentation.solarise(image, integer(entry, "threshold"));
                case "gaussian_blur" -> Augmentation.gaussianBlur(image, number(entry, "radius"));
                case "resize_shorter_then_center_crop" ->
                    Augmentation.evaluation(image, new EvalTransform(integer(entry, "resize"), size(entry, "crop")));
                default -> throw bad(entry, "its operation is unknown");
            };
        } catch (IllegalArgumentException e) {
            throw bad(entry, e.getMessage());
        }
    }

    /**
     * The same operation as a crop that a device can be asked for, of an image that lies at offset 0; row 0. Empty for
     * operations that no crop has.
     */
    public static Optional<Augment.Crop> crop(JsonNode entry, RgbImage image) {
        return switch (field(entry, "op").asText()) {
            case "resized_crop" ->
                Optional.of(new Augment.Crop(
                        0,
                        place(image),
                        integer(entry, "left"),
                        integer(entry, "top"),
                        integer(entry, "width"),
                        integer(entry, "height"),
                        false,
                        List.of(),
                        false,
                        0,
                        false));
            case "flip" -> Optional.of(whole(image, true, List.of(), false, 0, false));
            case "brightness" -> Optional.of(colour(entry, image, Augment.Change.BRIGHTNESS));
            case "contrast" -> Optional.of(colour(entry, image, Augment.Change.CONTRAST));
            case "saturation" -> Optional.of(colour(entry, image, Augment.Change.SATURATION));
            case "hue" -> Optional.of(colour(entry, image, Augment.Change.HUE));
            case "grayscale" -> Optional.of(whole(image, false, List.of(), true, 0, false));
            case "solarize" ->
                integer(entry, "threshold") == Augment.SOLARISE_FROM
                        ? Optional.of(whole(image, false, List.of(), false, 0, true))
                        : Optional.empty();
            case "gaussian_blur" -> Optional.of(whole(image, false, List.of(), false, number(entry, "radius"), false));
            default -> Optional.empty();
        };
    }

    private static Augment.Crop colour(JsonNode entry, RgbImage image, Augment.Change change) {
        return whole(image, false, List.of(new Augment.Colour(change, number(entry, "factor"))), false, 0, false);
    }

    private static Augment.Crop whole(
            RgbImage image, boolean flip, List<Augment.Colour> colours, boolean grey, double blur, boolean solarise) {
        return new Augment.Crop(
                0, place(image), 0, 0, image.width(), image.height(), flip, colours, grey, blur, solarise);
    }

    private static Augment.Image place(RgbImage image) {
        return new Augment.Image(0, image.width(), image.height());
    }

    private static JsonNode field(JsonNode entry, String name) {
        JsonNode value = entry.get(name);
        if (value == null) {
            throw bad(entry, "it lacks '" + name + "'");
        }
        return value;
    }

    private static double number(JsonNode entry, String name) {
        JsonNode value = field(entry, name);
        if (!value.isNumber()) {
            throw bad(entry, "'" + name + "' is not a number");
        }
        return value.doubleValue();
    }

    private static int integer(JsonNode entry, String name) {
        JsonNode value = field(entry, name);
        if (!value.canConvertToInt() || !value.canConvertToExactIntegral()) {
            throw bad(entry, "'" + name + "' is not a whole number");
        }
        return value.intValue();
    }

    private static Size size(JsonNode entry, String name) {
        JsonNode value = field(entry, name);
        if (value.isArray() && value.size() == 2) {
            return new Size(value.get(0).intValue(), value.get(1).intValue());
        }
        return Size.square(integer(entry, name));
    }

    private static UserException bad(JsonNode entry, String reason) {
        return new UserException("augmentation case " + entry + ": " + reason);
    }
}
