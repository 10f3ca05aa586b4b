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

    /** A backbone alone, for evaluation. */
    public static ParameterLayout backbone(ModelConfig model) {
        ParameterLayout layout = new ParameterLayout();
        VisionTransformer.parameters(layout, model);
        return layout;
    }
}
