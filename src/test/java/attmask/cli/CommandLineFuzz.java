package attmask.cli;

import attmask.config.UserException;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A command line, an argument a line: parsed, its settings put together, and what is wrong with it said, as the program
 * does. The command itself is not run.
 */
public final class CommandLineFuzz implements FuzzTarget {
    /** Used again and again: there are hundreds of options to build. */
    private final CommandLine line = Main.commandLine();

    @Override
    public List<byte[]> seeds() {
        return List.of(
                Seeds.joined("train\n--preset\ncifar10\n--mask=random:0.75\n--set\nmask.ratio=0.3"),
                Seeds.joined("train\n--arch\ntiny\n--image-size\n224x160\n--pred_ratio\n0\n0.3\n--epochs=3"),
                Seeds.joined("compare\n--masks\nblock,random:0.75\n--seeds\n1,2\n--percent\n5,100\n--debug"),
                Seeds.joined("knn\nruns/mine\n--data\nDIR\n--shots\n1,5\n--output=x.csv"),
                Seeds.joined("linear\nruns/mine\n--features\ncached\n--head\nhead.safetensors"),
                Seeds.joined("bench\nstep\n--config\nsmall-2+6"),
                Seeds.joined("--help"));
    }

    @Override
    public void read(byte[] input, Path folder) {
        String[] args = new String(input, StandardCharsets.UTF_8).split("\n", -1);
        try {
            for (ParseResult parsed = line.parseArgs(args); parsed != null; parsed = parsed.subcommand()) {
                resolve(parsed);
            }
        } catch (ParameterException e) {
            requirePlain(said(e));
            throw e;
        }
    }

    private static void resolve(ParseResult parsed) {
        for (CommandLine.Model.CommandSpec mixin : parsed.commandSpec().mixins().values()) {
            if (mixin.userObject() instanceof TrainOptions options) {
                options.resolve();
            }
        }
    }

    private static String said(ParameterException exception) {
        StringWriter err = new StringWriter();
        exception.getCommandLine().setErr(new PrintWriter(err));
        Main.usageError(exception);
        return err.toString();
    }

    private static void requirePlain(String text) {
        if (text.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c))) {
            throw new AssertionError("the terminal would obey " + text);
        }
    }

    @Override
    public Set<Class<? extends Exception>> refusals() {
        return Set.of(
                UserException.class,
                ParameterException.class,
                CommandLine.UnmatchedArgumentException.class,
                CommandLine.MissingParameterException.class,
                CommandLine.OverwrittenOptionException.class,
                CommandLine.MaxValuesExceededException.class,
                CommandLine.MutuallyExclusiveArgsException.class);
    }

    /** Messages list the options that are like an unknown one. */
    @Override
    public long mostBytes(int length) {
        return (32L << 20) + 4096L * length;
    }
}
