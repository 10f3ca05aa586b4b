package attmask.eval;

import attmask.nn.VisionTransformer;
import attmask.tensor.Tensor;

/** Two readouts side by side: for each image the values of the first, then those of the second. */
final class JoinedReadout implements Readout {
    private final Readout first;
    private final Readout second;
    private final float[] firstValues;
    private final float[] secondValues;
    private final int images;

    JoinedReadout(Readout first, Readout second, int images) {
        this.first = first;
        this.second = second;
        this.images = images;
        firstValues = new float[images * first.width()];
        secondValues = new float[images * second.width()];
    }

    @Override
    public int width() {
        return first.width() + second.width();
    }

    @Override
    public void prepare() {
        first.prepare();
        second.prepare();
    }

    @Override
    public void afterBlock(int layer, VisionTransformer backbone) {
        first.afterBlock(layer, backbone);
        second.afterBlock(layer, backbone);
    }

    @Override
    public void read(Tensor tokens, float[] values) {
        first.read(tokens, firstValues);
        second.read(tokens, secondValues);
        for (int image = 0; image < images; image++) {
            int row = image * width();
            System.arraycopy(firstValues, image * first.width(), values, row, first.width());
            System.arraycopy(secondValues, image * second.width(), values, row + first.width(), second.width());
        }
    }
}
