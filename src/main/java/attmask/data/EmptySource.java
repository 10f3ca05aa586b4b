package attmask.data;

import java.util.List;

/** No images: the validation set of a folder that has none. */
record EmptySource(List<String> classes) implements ImageSource {
    @Override
    public int size() {
        return 0;
    }

    @Override
    public int label(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public String name(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public RgbImage image(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public boolean decodes() {
        return false;
    }
}
