package attmask.cli;

import attmask.config.UserException;
import attmask.cuda.CudaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.jar.Manifest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Entry point of {@code java -jar attmask-jcuda.jar}. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
        name = "attmask-jcuda",
        description = "Pre-trains Vision Transformers by attention-guided masked image modelling (AttMask, ECCV 2022).",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TrainCommand.class,
            CompareCommand.class,
            KnnCommand.class,
            ClusterCommand.class,
            EmbedCommand.class,
            FineTuneCommand.class,
            LinearCommand.class,
            MaskedAccuracyCommand.class,
            MasksCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            ReportCommand.class,
            TensorBoardCommand.class,
            VerifyCommand.class,
            BenchCommand.class,
            DoctorCommand.class,
            PresetsCommand.class
        })
public final class Main implements Runnable {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "show stack traces of failures")
    private boolean debug;

    private Main() {}

    public static void main(String[] args) {
        // Pictures are drawn without a screen; JavaCPP's and JLine's own notices are not for the user.
        System.setProperty("java.awt.headless", "true");
        System.setProperty("org.bytedeco.javacpp.logger.debug", "false");
        System.exit(execute(args));
    }

    /** Runs a command line and gives its exit code. */
    static int execute(String... args) {
        Main main = new Main();
        CommandLine line = new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((exception, arguments) -> usageError(exception));
        line.setExecutionExceptionHandler((exception, command, parsed) -> main.failure(exception, command));
        return line.execute(args);
    }

    /** Without a command: the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int usageError(ParameterException exception) {
        PrintWriter err = exception.getCommandLine().getErr();
        err.println("error: " + oneLine(exception.getMessage()));
        CommandLine.UnmatchedArgumentException.printSuggestions(exception, err);
        err.println("Try '" + exception.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return USAGE;
    }

    private int failure(Exception exception, CommandLine command) {
        PrintWriter err = command.getErr();
        if (exception instanceof UserException) {
            err.println("error: " + oneLine(exception.getMessage()));
        } else if (exception instanceof CudaException) {
            err.println("error: " + oneLine(exception.getMessage())
                    + " (--device cpu does without the GPU; --debug shows where)");
        } else {
            err.println("error: " + oneLine(exception.toString()) + " (an error of this program; --debug shows where)");
        }
        if (debug) {
            exception.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    private static String oneLine(String message) {
        return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** From the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"attmask-jcuda " + number()};
        }

        /** Of the sources, as the build noted it. */
        static String commit() {
            try (InputStream in = Main.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
                String commit =
                        in == null ? null : new Manifest(in).getMainAttributes().getValue("Git-Commit");
                return commit == null ? "unknown" : commit;
            } catch (IOException e) {
                return "unknown";
            }
        }

        static String number() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(not from a jar)" : version;
        }
    }
}
