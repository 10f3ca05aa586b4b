package attmask.cli;

import attmask.config.DeviceChoice;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.reference.ReferenceBackend;
import attmask.verify.Finding;
import attmask.verify.Verification;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code verify}: golden numbers of an independent program, recomputed here. */
@Command(
        name = "verify",
        description =
                "Recomputes golden cases of an independent PyTorch program on a backend and compares every number."
                        + " Exit code 1 if anything is over its bound.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class VerifyCommand implements Callable<Integer> {
    private static final String REFERENCE = "reference";
    private static final String LINE = "%-24s %-46s %12.3e %10.1e %s%n";

    @Option(names = "--device", paramLabel = "D", description = "reference, auto, cpu or cuda", defaultValue = "cpu")
    private String device;

    @Option(
            names = "--cases",
            paramLabel = "DIR",
            description = "folder of golden .safetensors; without it, the bundled ones")
    private Path cases;

    @Option(
            names = "--all",
            description = "a line for each quantity, not only for the worst of each case and those over")
    private boolean all;

    @Mixin
    private ComputeOptions compute;

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>();
        try (Backend backend = backend()) {
            System.out.printf("%-24s %-46s %12s %10s%n", "case", "quantity", "error", "bound");
            Consumer<List<Finding>> each = found -> {
                print(found);
                findings.addAll(found);
            };
            Verification verification = new Verification(backend);
            if (cases == null) {
                verification.bundled(each);
            } else {
                verification.folder(cases, each);
            }
        }
        long over = findings.stream().filter(finding -> !finding.passed()).count();
        System.out.printf("%d quantities compared, %d over their bound%n", findings.size(), over);
        return over == 0 ? 0 : 1;
    }

    private Backend backend() {
        if (device.equals(REFERENCE)) {
            Backend reference = new ReferenceBackend();
            System.out.println("device   " + reference.name() + ": " + reference.description());
            return reference;
        }
        DeviceChoice choice = DeviceConverter.find(device)
                .orElseThrow(() ->
                        new UserException("--device is '" + device + "'; it must be reference, auto, cpu or cuda"));
        return compute.announced(choice);
    }

    private void print(List<Finding> findings) {
        Finding worst = findings.stream()
                .max(Comparator.comparingDouble(f -> f.bound() == 0 ? f.error() : f.error() / f.bound()))
                .orElse(null);
        for (Finding finding : findings) {
            if (all || !finding.passed() || finding.equals(worst)) {
                String quantity = !all && finding.equals(worst) && finding.passed()
                        ? finding.quantity() + " (worst of " + findings.size() + ")"
                        : finding.quantity();
                System.out.printf(
                        LINE,
                        finding.golden(),
                        quantity,
                        finding.error(),
                        finding.bound(),
                        finding.passed() ? "ok" : "OVER");
            }
        }
    }
}
