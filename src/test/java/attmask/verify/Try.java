package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.ops.Backend;
import java.nio.file.Path;

public class Try {
    public static void main(String[] a) {
        Backend backend =
                a[0].equals("cpu") ? new attmask.ops.cpu.CpuBackend(2) : new attmask.ops.reference.ReferenceBackend();
        for (int i = 1; i < a.length; i++) {
            SafeTensors f = SafeTensors.open(Path.of(a[i]));
            Findings findings = new Findings(a[i].replaceAll(".*/", ""), backend.real());
            long t = System.nanoTime();
            GoldenCase c =
                    switch (f.metadata("kind")) {
                        case "step" -> new StepCase();
                        case "trajectory" -> new TrajectoryCase();
                        default -> new MaskCase();
                    };
            c.run(f, backend, findings);
            double worst = 0;
            for (Finding x : findings.list()) {
                if (!x.passed() || x.error() > 3e-5) System.out.println(x);
                worst = Math.max(worst, x.error());
            }
            System.out.println(
                    a[i] + " " + findings.list().size() + " worst " + worst + " s " + (System.nanoTime() - t) / 1e9);
        }
    }
}
