package attmask.ops.cpu;

/** The exact GELU of rows of a matrix without gaps, by oneDNN. */
final class GeluRows {
    private GeluRows() {}

    /** y ← h·Φ(h) for rows {@code from .. from+count-1}. */
    static void forward(Floats y, Floats h, int from, int count, int width, Scratch scratch) {
        RowPrimitives.pieces(from, count, (row, rows) -> {
            long at = (long) row * width;
            scratch.rowPrimitives().gelu(rows * width).run(h.at(at), y.at(at));
        });
    }

    /** dh ← dh · (Φ(h) + h·φ(h)) for the same rows. */
    static void backward(Floats dh, Floats h, int from, int count, int width, Scratch scratch) {
        RowPrimitives.pieces(from, count, (row, rows) -> {
            long at = (long) row * width;
            scratch.rowPrimitives().geluBackward(rows * width).run(h.at(at), dh.at(at), dh.at(at));
        });
    }
}
