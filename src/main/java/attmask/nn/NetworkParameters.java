package attmask.nn;

import attmask.config.HeadConfig;
import attmask.config.ModelConfig;

/** The parameter layouts of student and teacher; the student's continues the teacher's with its mask token. */
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

    /** A backbone alone, for evaluation. */
    public static ParameterLayout backbone(ModelConfig model) {
        ParameterLayout layout = new ParameterLayout();
        VisionTransformer.parameters(layout, model);
        return layout;
    }
}
