package attmask.cli;

import attmask.config.NonFiniteException;
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

/** Entry point of {@code java -jar attmask-jcuda.jar}. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 training
 * stopped because its numbers are not finite. */
@Command(
        name = "attmask-jcuda",
        description = "Pre-trains Vision Transformers by attention-guided masked image modelling (AttMask, ECCV 2022).",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TrainCommand.class,
            CompareCommand.class,
            ReplayCommand.class,
            KnnCommand.class,
            ClusterCommand.class,
            EmbedCommand.class,
            FineTuneCommand.class,
            LinearCommand.class,
            MaskedAccuracyCommand.class,
            MasksCommand.class,
            PackCommand.class,
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
    private static final int NOT_FINITE = 3;
    private static final long MEGABYTE = 1 << 20;

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
        CommandLine line = commandLine();
        try {
            return line.execute(args);
        } catch (OutOfMemoryError e) {
            return ((Main) line.getCommand()).outOfMemory(e, line.getErr());
        }
    }

    /** All commands, with none of them run yet. An argument that begins with @ is no file of arguments. */
    static CommandLine commandLine() {
        Main main = new Main();
        CommandLine line =
                new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true).setExpandAtFiles(false);
        line.setParameterExceptionHandler((exception, arguments) -> usageError(exception));
        line.setExecutionExceptionHandler((exception, command, parsed) -> main.failure(exception, command));
        return line;
    }

    /** Without a command: the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    static int usageError(ParameterException exception) {
        PrintWriter err = exception.getCommandLine().getErr();
        err.println("error: " + oneLine(exception.getMessage()));
        CommandLine.UnmatchedArgumentException.printSuggestions(exception, err);
        err.println("Try '" + exception.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return USAGE;
    }

    private int failure(Exception exception, CommandLine command) {
        PrintWriter err = command.getErr();
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError error) {
                return outOfMemory(error, err);
            }
        }
        if (exception instanceof UserException || exception instanceof NonFiniteException) {
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
        return exception instanceof NonFiniteException ? NOT_FINITE : FAILED;
    }

    /** On any thread; what has been written by then is whole. */
    private int outOfMemory(OutOfMemoryError error, PrintWriter err) {
        err.println("error: out of memory (" + oneLine(error.getMessage())
                + "): give Java more with java -Xmx8g -jar …, of "
                + Runtime.getRuntime().maxMemory() / MEGABYTE + " MB now, or lower --batch or --cache-bytes;"
                + " a run that was broken off continues with --resume");
        if (debug) {
            error.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    private static String oneLine(String message) {
        return message == null ? "" : UserException.plain(message);
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
