package attmask.nn;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;

/** The parameter layouts of student and teacher; the student's continues the teacher's with what it has alone. */
public final class NetworkParameters {
    private NetworkParameters() {}

    public static ParameterLayout teacher(ModelConfig model, HeadConfig head) {
        ParameterLayout layout = new ParameterLayout();
        VisionTransformer.parameters(layout, model);
        ProjectionHead.parameters(layout, head, model.width());
        return layout;
    }

    public static ParameterLayout student(ModelConfig model, HeadConfig head) {
        ParameterLayout layout = teacher(model, head);
        layout.add("masked_embed", new Initialization.Constant(0), 1, model.width());
        return layout;
    }

    /** A student that restores pixels: the same, then the decoder. */
    public static ParameterLayout restoringStudent(ModelConfig model, HeadConfig head) {
        ParameterLayout layout = student(model, head);
        PixelDecoder.parameters(layout, model);
        return layout;
    }

    /** A backbone with a linear classifier, {@code head}. */
    public static ParameterLayout classifier(ModelConfig model, int classes) {
        ParameterLayout layout = backbone(model);
        layout.linear("head", classes, model.width());
        return layout;
    }

    /**
     * Linear classifiers alone, side by side in {@code head}: outputs h·C to (h+1)·C − 1 are classifier h's. They start
     * from zero: their problem is convex.
     */
    public static ParameterLayout classifiers(int heads, int classes, int width) {
        ParameterLayout layout = new ParameterLayout();
        layout.add("head.weight", new Initialization.Constant(0), Math.multiplyExact(heads, classes), width);
        layout.add("head.bias", new Initialization.Constant(0), heads * classes);
        return layout;
    }

    /** A backbone alone, for evaluation. */
    public static ParameterLayout backbone(ModelConfig model) {
        ParameterLayout layout = new ParameterLayout();
        VisionTransformer.parameters(layout, model);
        return layout;
    }
}
