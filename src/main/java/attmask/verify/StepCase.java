package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.nn.VisionTransformer.AttentionTap;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** One whole training step: every tensor on the way, the losses, every gradient, and what is learned from them. */
final class StepCase implements GoldenCase {
    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        GoldenModel golden = new GoldenModel(file);
        try (SelfDistillation step = golden.step(backend)) {
            backend.write(step.globals(), file.doubles("globals"));
            if (step.locals() != null) {
                backend.write(step.locals(), file.doubles("locals"));
            }
            backend.write(step.centers().cls(), file.doubles("center_cls"));
            backend.write(step.centers().patch(), file.doubles("center_patch"));
            AttentionProbe attention =
                    new AttentionProbe(backend, golden.model().depth() - 1);
            byte[] masks = file.bytes("masks");
            Losses losses = step.forwardBackward(golden.temperatures(), new FixedMask(backend, masks), attention);

            compareForward(file, backend, findings, golden, step);
            findings.tensor("teacher attention", attention.probabilities, file.doubles("expect/teacher_attention"));
            compareMasks(file, backend, findings, golden, step, masks);
            findings.losses("loss_cls", new double[] {losses.cls()}, file.doubles("expect/loss_cls"));
            findings.losses("loss_patch", new double[] {losses.patch()}, file.doubles("expect/loss_patch"));
            compareParameters(file, backend, findings::tensor, "grad/", step.gradients());

            step.update(new SelfDistillation.Update(
                    golden.number("lr"),
                    golden.number("weight_decay"),
                    golden.number("clip"),
                    golden.flag("freeze_last_layer"),
                    golden.number("momentum")));
            compareParameters(file, backend, findings::learned, "student/", step.studentParameters());
            compareParameters(file, backend, findings::learned, "teacher/", step.teacherParameters());
            compare(file, backend, findings, "center_cls", step.centers().cls());
            compare(file, backend, findings, "center_patch", step.centers().patch());
        }
    }

    private static void compareForward(
            SafeTensors file, Backend backend, Findings findings, GoldenModel golden, SelfDistillation step) {
        compare(file, backend, findings, "teacher_tokens", step.teacherTokens());
        int images = step.crops().globalImages();
        int perImage = step.teacherTokens().dim(0) / images;
        PlainHead teacher =
                new PlainHead(backend, step.teacherParameters(), golden.head(), step.teacherTokens(), images, perImage);
        findings.tensor("teacher_cls_logits", teacher.cls(), file.doubles("expect/teacher_cls_logits"));
        findings.tensor("teacher_patch_logits", teacher.patches(), file.doubles("expect/teacher_patch_logits"));
        try (PlainStudent plain = new PlainStudent(backend, golden.model(), step)) {
            PlainHead student =
                    new PlainHead(backend, step.studentParameters(), golden.head(), plain.tokens(), images, perImage);
            findings.tensor("student_cls_logits", student.cls(), file.doubles("expect/student_cls_logits"));
            findings.tensor("student_patch_logits", student.patches(), file.doubles("expect/student_patch_logits"));
        }
    }

    /** The file's masks must be what the product chooses from its own scores; a coin left some images unmasked. */
    private static void compareMasks(
            SafeTensors file,
            Backend backend,
            Findings findings,
            GoldenModel golden,
            SelfDistillation step,
            byte[] masks) {
        double[] scores = read(backend, step.scores());
        findings.tensor("teacher_scores", scores, file.doubles("teacher_scores"));
        int count = (int) (step.scores().dim(1) * golden.number("ratio"));
        boolean highest = !file.metadata("mode").equals("low");
        byte[] chosen = MaskCase.select(backend, scores, step.scores().dim(0), count, highest);
        int patches = step.scores().dim(1);
        for (int first = 0; first < masks.length; first += patches) {
            if (IntStream.range(first, first + patches).allMatch(i -> masks[i] == 0)) {
                Arrays.fill(chosen, first, first + patches, (byte) 0);
            }
        }
        findings.mask("masks", MaskCase.differences(chosen, masks));
    }

    private interface Comparison {
        void add(String quantity, double[] actual, double[] expected);
    }

    private static void compareParameters(
            SafeTensors file, Backend backend, Comparison comparison, String prefix, Parameters parameters) {
        for (Parameter parameter : parameters.layout().parameters()) {
            String name = prefix + parameter.name();
            if (file.has("expect/" + name)) {
                double[] actual = read(backend, parameters.get(parameter.name()));
                comparison.add(name, actual, file.doubles("expect/" + name));
            }
        }
    }

    private static void compare(SafeTensors file, Backend backend, Findings findings, String name, Tensor actual) {
        findings.tensor(name, read(backend, actual), file.doubles("expect/" + name));
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    /** Keeps the full attention of one layer. */
    private static final class AttentionProbe implements AttentionTap {
        private final Backend backend;
        private final int layer;
        private double[] probabilities;

        AttentionProbe(Backend backend, int layer) {
            this.backend = backend;
            this.layer = layer;
        }

        @Override
        public void accept(int index, Tensor qkv, Tensor logSumExp) {
            if (index != layer) {
                return;
            }
            int tokens = logSumExp.dim(2);
            try (Arena arena = new Arena("attention")) {
                Tensor p = arena.tensor(backend.real(), logSumExp.dim(0), logSumExp.dim(1), tokens, tokens);
                arena.allocate(backend::allocate);
                backend.attention().probabilities(p, qkv, logSumExp);
                probabilities = read(backend, p);
            }
        }
    }
}
