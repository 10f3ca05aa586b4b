package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.ops.AttentionMask;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.MaskChooser;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Tensor;
import java.util.Arrays;

/** Some tens of steps on a pool of crops: what the two losses do, step by step. Masks are chosen by attention. */
final class TrajectoryCase implements GoldenCase {
    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        GoldenModel golden = new GoldenModel(file);
        int steps = golden.integer("steps");
        int pool = golden.integer("pool");
        double[] cls = new double[steps];
        double[] patch = new double[steps];
        double[] globals = file.doubles("globals");
        double[] locals = golden.crops().locals() == 0 ? new double[0] : file.doubles("locals");
        try (SelfDistillation step = golden.step(backend)) {
            MaskChooser masks = new EveryImage(
                    backend, golden.number("ratio"), !file.metadata("mode").equals("low"));
            for (int t = 0; t < steps; t++) {
                backend.write(step.globals(), entry(globals, t % pool, pool));
                if (step.locals() != null) {
                    backend.write(step.locals(), entry(locals, t % pool, pool));
                }
                Losses losses = step.forwardBackward(golden.temperatures(), masks);
                cls[t] = losses.cls();
                patch[t] = losses.patch();
                step.update(new SelfDistillation.Update(
                        golden.number("lr") * Math.min(1, (t + 1) / 10.0),
                        golden.number("weight_decay"),
                        golden.number("clip"),
                        t < golden.integer("freeze_last_layer_steps"),
                        0.99 + 0.01 * t / steps));
            }
        }
        findings.trajectory("loss_cls", cls, file.doubles("expect/loss_cls"));
        findings.trajectory("loss_patch", patch, file.doubles("expect/loss_patch"));
    }

    private static double[] entry(double[] pool, int index, int size) {
        int length = pool.length / size;
        return Arrays.copyOfRange(pool, index * length, (index + 1) * length);
    }

    /** The same share of every image, as the trajectories prescribe. */
    private record EveryImage(Backend backend, double ratio, boolean highest) implements MaskChooser {
        @Override
        public int[] choose(Tensor mask, Tensor rows, Tensor scores, Tensor qkv, int heads) {
            int count = (int) (scores.dim(1) * ratio);
            AttentionMask.Rule rule = new AttentionMask.Rule(highest, count, 0, 0, 1, 0, 0);
            backend.attentionMask().choose(mask, rows, scores, qkv, heads, rule);
            int[] counts = new int[scores.dim(0)];
            Arrays.fill(counts, count);
            return counts;
        }
    }
}
