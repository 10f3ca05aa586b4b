package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.config.HeadConfig;
import attmask.config.LossConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.Parameter;
import attmask.ops.Backend;
import attmask.ssl.CropSet;
import attmask.ssl.SelfDistillation;
import attmask.ssl.Temperatures;

/** The model that a golden file describes, and its step with the file's parameters in it. */
final class GoldenModel {
    private final SafeTensors file;

    GoldenModel(SafeTensors file) {
        this.file = file;
    }

    int integer(String key) {
        return (int) number(key);
    }

    double number(String key) {
        return Double.parseDouble(file.metadata(key));
    }

    boolean flag(String key) {
        return Boolean.parseBoolean(file.metadata(key));
    }

    ModelConfig model() {
        return new ModelConfig(
                Size.square(integer("image")),
                integer("patch"),
                integer("dim"),
                integer("depth"),
                integer("heads"),
                integer("mlp_ratio"),
                number("drop_path"));
    }

    HeadConfig head() {
        return new HeadConfig(
                integer("head_hidden"),
                integer("head_bottleneck"),
                integer("out_dim"),
                integer("patch_out_dim"),
                flag("shared_head"),
                flag("norm_last_layer"));
    }

    Temperatures temperatures() {
        return new Temperatures(number("teacher_temp"), number("teacher_patch_temp"), number("student_temp"));
    }

    CropSet crops() {
        int locals = integer("n_local");
        return new CropSet(
                integer("batch"),
                Size.square(integer("image")),
                locals,
                locals == 0 ? null : Size.square(integer("local")));
    }

    /** A step whose student and teacher both hold the file's parameters. */
    SelfDistillation step(Backend backend) {
        LossConfig loss = new LossConfig(
                1,
                1,
                number("student_temp"),
                number("teacher_temp"),
                number("teacher_temp"),
                number("teacher_patch_temp"),
                number("teacher_patch_temp"),
                0,
                number("center_momentum"));
        ModelConfig model = model();
        int tokens = (model.image().height() / model.patch()) * (model.image().width() / model.patch());
        SelfDistillation step =
                new SelfDistillation(backend, model, head(), loss, crops(), -1, crops().globalImages() * tokens);
        step.allocate();
        for (Parameter parameter : step.studentParameters().layout().parameters()) {
            backend.write(step.studentParameters().get(parameter.name()), file.doubles("param/" + parameter.name()));
        }
        step.copyStudentToTeacher();
        return step;
    }
}
