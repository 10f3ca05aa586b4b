package attmask.cli;

import attmask.config.ConfigJson;
import attmask.config.Preset;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code presets}: the documented experiments. */
@Command(
        name = "presets",
        description = "Lists the presets of train, or prints all settings of one as JSON for --config.",
        mixinStandardHelpOptions = true)
final class PresetsCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "print this one's settings")
    private String name;

    @Override
    public Integer call() {
        if (name != null) {
            System.out.print(ConfigJson.write(Preset.named(name).config()));
            return 0;
        }
        for (Preset preset : Preset.all()) {
            System.out.printf("%s%n    %s%n    expected: %s%n", preset.name(), preset.purpose(), preset.expected());
            System.out.printf("    source:   %s%n    %s%n", preset.source(), preset.command());
        }
        return 0;
    }
}
