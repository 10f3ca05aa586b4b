package attmask.data;

import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.IOException;
import java.util.List;

/** Images whose labels are numbered as those of another source, class by class of the same name. */
public final class Relabelled implements ImageSource {
    private final ImageSource source;
    private final List<String> classes;
    private final int[] labels;

    private Relabelled(ImageSource source, List<String> classes, int[] labels) {
        this.source = source;
        this.classes = classes;
        this.labels = labels;
    }

    /**
     * The same images with labels that mean {@code classes}.
     *
     * @throws UserException if a class of the images is not among them
     */
    public static Relabelled to(List<String> classes, ImageSource source) {
        int[] labels = source.classes().stream().mapToInt(classes::indexOf).toArray();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0) {
                throw new UserException(
                        "class " + Untrusted.shown(source.classes().get(i))
                                + " has no counterpart among the bank's classes: remove it or add the class there");
            }
        }
        return new Relabelled(source, classes, labels);
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int label(int index) {
        int label = source.label(index);
        return label == UNLABELLED ? UNLABELLED : labels[label];
    }

    @Override
    public String name(int index) {
        return source.name(index);
    }

    @Override
    public RgbImage image(int index) throws IOException {
        return source.image(index);
    }

    @Override
    public boolean decodes() {
        return source.decodes();
    }

    @Override
    public List<String> classes() {
        return classes;
    }
}
