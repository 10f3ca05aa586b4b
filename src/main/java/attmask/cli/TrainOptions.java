package attmask.cli;

import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/**
 * All settings of a training run as options, for commands to take in with {@link Mixin}. In order: the preset, the
 * files of {@code --config}, then named options and {@code --set}, where the later one wins.
 */
@Command(modelTransformer = TrainOptions.Groups.class)
final class TrainOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            defaultValue = Preset.DEFAULT,
            description = "the settings to start from [${DEFAULT-VALUE}]. Settings below show the values of "
                    + Preset.DEFAULT + " in brackets.")
    private String preset;

    @Option(names = "--config", paramLabel = "FILE", description = "JSON with settings that replace the preset's")
    private final List<Path> files = new ArrayList<>();

    private final List<Assignment> assignments = new ArrayList<>();

    private final Set<String> chosenElsewhere;

    TrainOptions() {
        this(Set.of());
    }

    /** @param chosenElsewhere paths of settings that the command sets by options of its own */
    TrainOptions(Set<String> chosenElsewhere) {
        this.chosenElsewhere = chosenElsewhere;
    }

    /** Options in the order of the command line, to be laid over one by one. */
    private record Assignment(ConfigOption option, String value, String source) {}

    /**
     * The settings of the run.
     *
     * @throws UserException if one is unknown, of a wrong type or out of range, or two do not go together
     */
    TrainConfig resolve() {
        return resolve(Map.of());
    }

    /** The same with some settings of the preset replaced, by path. */
    TrainConfig resolve(Map<String, String> replaced) {
        ConfigLoader loader = ConfigLoader.preset(preset);
        replaced.forEach((path, value) -> loader.set(path, value, "preset"));
        return resolve(loader);
    }

    /** The same with the settings of a run, its {@code config.json}, in place of the preset's. */
    TrainConfig resolveOver(Path runConfig) {
        return resolve(ConfigLoader.preset(preset).file(runConfig));
    }

    private TrainConfig resolve(ConfigLoader loader) {
        files.forEach(loader::file);
        for (Assignment assignment : assignments) {
            Map<String, String> settings = assignment.option.assignments().apply(assignment.value);
            settings.forEach((path, value) -> {
                if (chosenElsewhere.contains(path)) {
                    throw new UserException(assignment.source + " " + path
                            + ": this command has an option of its own for it; see its --help");
                }
                loader.set(path, value, assignment.source);
            });
        }
        return loader.resolve();
    }

    /** Adds the options of the table to the command that has this mixin. */
    static final class Groups implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec command) {
            for (CommandSpec mixin : command.mixins().values()) {
                if (mixin.userObject() instanceof TrainOptions options) {
                    addGroups(command, options);
                }
            }
            command.usageMessage().abbreviateSynopsis(true).sortOptions(false);
            return command;
        }

        private static void addGroups(CommandSpec command, TrainOptions options) {
            int order = 0;
            for (Map.Entry<String, List<ConfigOption>> entry :
                    ConfigOptions.byHeading().entrySet()) {
                ArgGroupSpec.Builder group = ArgGroupSpec.builder()
                        .heading("%n" + entry.getKey() + "%n")
                        .validate(false)
                        .order(order++);
                for (ConfigOption option : entry.getValue()) {
                    if (options.chosenElsewhere.contains(option.path())) {
                        continue;
                    }
                    group.addArg(spec(option, option.name(), false, options));
                    option.aliases().forEach(alias -> group.addArg(spec(option, alias, true, options)));
                }
                command.addArgGroup(group.build());
            }
        }

        private static OptionSpec spec(ConfigOption option, String name, boolean hidden, TrainOptions options) {
            OptionSpec.Builder spec = OptionSpec.builder(name)
                    .type(String[].class)
                    .arity(option.values())
                    .paramLabel(option.label())
                    .hideParamSyntax(true)
                    .hidden(hidden)
                    .setter(options.setter(option, name))
                    .description(option.description() + defaultValue(option.path()));
            return (option.mayStandAlone() ? spec.fallbackValue("true") : spec).build();
        }

        private static String defaultValue(String path) {
            String value = path.isEmpty()
                    ? ""
                    : ConfigJson.text(Preset.named(Preset.DEFAULT).config(), path);
            return value.isEmpty() ? "" : " [" + value + "]";
        }
    }

    private ISetter setter(ConfigOption option, String name) {
        return new ISetter() {
            @Override
            public <T> T set(T values) {
                if (values instanceof String[] texts) {
                    assignments.add(new Assignment(option, String.join(",", texts), name));
                } else {
                    // Null when the parser resets an option, before it reads a command line.
                    assignments.clear();
                }
                return values;
            }
        };
    }
}
