package attmask.data;

/** Turns an image upright by the orientation number that cameras write into EXIF. */
final class Orientation {
    private Orientation() {}

    /** Undoes orientation 1..8; 5 to 8 swap width and height. */
    static RgbImage upright(RgbImage image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        int width = image.width();
        int height = image.height();
        boolean swapped = orientation >= 5;
        RgbImage result = RgbImage.black(swapped ? height : width, swapped ? width : height);
        for (int y = 0, from = 0; y < height; y++) {
            for (int x = 0; x < width; x++, from += 3) {
                int right = width - 1 - x;
                int bottom = height - 1 - y;
                int toX =
                        switch (orientation) {
                            case 2, 3 -> right;
                            case 4 -> x;
                            case 5, 8 -> y;
                            default -> bottom;
                        };
                int toY =
                        switch (orientation) {
                            case 2 -> y;
                            case 3, 4 -> bottom;
                            case 5, 6 -> x;
                            default -> right;
                        };
                System.arraycopy(image.rgb(), from, result.rgb(), (toY * result.width() + toX) * 3, 3);
            }
        }
        return result;
    }
}
