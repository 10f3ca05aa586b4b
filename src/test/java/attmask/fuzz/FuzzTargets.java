package attmask.fuzz;

import attmask.checkpoint.CheckpointFuzz;
import attmask.checkpoint.SafeTensorsFuzz;
import attmask.checkpoint.exchange.ForeignModelFuzz;
import attmask.checkpoint.pytorch.PickleFuzz;
import attmask.cli.CommandLineFuzz;
import attmask.comparison.ComparisonFuzz;
import attmask.config.ConfigFuzz;
import attmask.config.SettingsFuzz;
import attmask.data.CifarFuzz;
import attmask.data.ImageFuzz;
import attmask.ptx.PtxFuzz;
import attmask.report.RunFuzz;
import java.util.List;
import java.util.stream.Collectors;

/** Every parser of bytes from elsewhere. A new one is added here, and its seeds come from the target itself. */
public final class FuzzTargets {
    private static final List<FuzzTarget> ALL = List.of(
            new SafeTensorsFuzz(),
            new CheckpointFuzz(),
            new ForeignModelFuzz(),
            new PickleFuzz(),
            new ConfigFuzz(),
            new SettingsFuzz(),
            new CommandLineFuzz(),
            new ImageFuzz("jpg"),
            new ImageFuzz("png"),
            new ImageFuzz("bmp"),
            new ImageFuzz("webp"),
            new CifarFuzz(),
            new RunFuzz(),
            new ComparisonFuzz(),
            new PtxFuzz());

    private FuzzTargets() {}

    static List<FuzzTarget> all() {
        return ALL;
    }

    static FuzzTarget named(String name) {
        return ALL.stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no fuzz target " + name + "; there are "
                        + ALL.stream().map(FuzzTarget::name).collect(Collectors.joining(", "))));
    }
}
