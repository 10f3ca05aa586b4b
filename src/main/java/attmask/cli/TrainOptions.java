package attmask.cli;

import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.train.AutoBatch;
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

    private static final String BATCH = "run.batch";
    private static final String AUTO = "auto";

    private final Set<String> chosenElsewhere;
    private final boolean mayChooseBatch;

    TrainOptions() {
        this(Set.of());
    }

    /** @param chosenElsewhere paths of settings that the command sets by options of its own */
    TrainOptions(Set<String> chosenElsewhere) {
        this(chosenElsewhere, false);
    }

    private TrainOptions(Set<String> chosenElsewhere, boolean mayChooseBatch) {
        this.chosenElsewhere = chosenElsewhere;
        this.mayChooseBatch = mayChooseBatch;
    }

    /** For a command that chooses the batch itself when it is {@code auto}. */
    static TrainOptions withAutoBatch() {
        return new TrainOptions(Set.of(), true);
    }

    /** True if the command is to choose the batch; {@link #resolve()} then gives the largest that it may choose. */
    boolean autoBatch() {
        boolean auto = false;
        for (Assignment assignment : assignments) {
            String batch = assignment.settings().get(BATCH);
            auto = batch == null ? auto : isAuto(BATCH, batch);
        }
        return auto;
    }

    private boolean isAuto(String path, String value) {
        return mayChooseBatch && path.equals(BATCH) && value.equals(AUTO);
    }

    /** Options in the order of the command line, to be laid over one by one. */
    private record Assignment(ConfigOption option, String value, String source) {
        Map<String, String> settings() {
            return option.assignments().apply(value);
        }
    }

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
        lay(loader);
        if (autoBatch()) {
            int parts = Math.max(1, loader.whole("run.accumulate"));
            loader.set(BATCH, Integer.toString(AutoBatch.most(parts)), "--batch auto");
        }
        return loader.resolve();
    }

    /** The same with the settings of a run, its {@code config.json}, in place of the preset's. */
    TrainConfig resolveOver(Path runConfig) {
        ConfigLoader loader = ConfigLoader.preset(preset).file(runConfig);
        lay(loader);
        return loader.resolve();
    }

    private void lay(ConfigLoader loader) {
        files.forEach(loader::file);
        for (Assignment assignment : assignments) {
            assignment.settings().forEach((path, value) -> {
                if (chosenElsewhere.contains(path)) {
                    throw new UserException(assignment.source + " " + path
                            + ": this command has an option of its own for it; see its --help");
                }
                if (!isAuto(path, value)) {
                    loader.set(path, value, assignment.source);
                }
            });
        }
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
                    .description(option.description() + options.more(option) + defaultValue(option.path()));
            return (option.mayStandAlone() ? spec.fallbackValue("true") : spec).build();
        }

        private static String defaultValue(String path) {
            String value = path.isEmpty()
                    ? ""
                    : ConfigJson.text(Preset.named(Preset.DEFAULT).config(), path);
            return value.isEmpty() ? "" : " [" + value + "]";
        }
    }

    private String more(ConfigOption option) {
        return mayChooseBatch && option.path().equals(BATCH)
                ? "; auto for as many as fit 80 %% of the free memory, at most 1024, on a CPU 64 at once"
                : "";
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
