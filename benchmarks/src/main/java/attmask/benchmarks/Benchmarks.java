package attmask.benchmarks;

import attmask.config.Precision;
import attmask.cuda.jcuda.Cudnn;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.openjdk.jmh.Main;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * JMH with its own options. Leaves out the devices that this machine has not, measures the machine's {@link Ceilings} in
 * the same run as any op, and ends with a table of rates against them.
 */
public final class Benchmarks {
    private static final String DEVICE = "device";
    private static final String PRECISION = "precision";

    private Benchmarks() {}

    /** Exit code 1 if a benchmark failed or there is nothing to run. */
    public static void main(String[] args) throws Exception {
        CommandLineOptions line;
        try {
            line = new CommandLineOptions(args);
        } catch (CommandLineOptionException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(2);
            return;
        }
        boolean lists = line.shouldList()
                || line.shouldListWithParams()
                || line.shouldHelp()
                || line.shouldListProfilers()
                || line.shouldListResultFormats();
        if (lists) {
            Main.main(args);
        } else {
            System.exit(run(line));
        }
    }

    private static int run(CommandLineOptions line) {
        List<String> devices = devices(line);
        if (devices.isEmpty()) {
            return 1;
        }
        ChainedOptionsBuilder options = new OptionsBuilder()
                .parent(line)
                .param(DEVICE, devices.toArray(String[]::new))
                .shouldFailOnError(true);
        line.getIncludes().forEach(options::include);
        if (!line.getIncludes().isEmpty() && anyHasDevice(line)) {
            options.include(Ceilings.class.getName());
        }
        Map<String, String> leftOut = leftOut(line);
        leftOut.keySet().forEach(options::exclude);
        try {
            Collection<RunResult> results = new Runner(options.build()).run();
            new RateTable(results).print(System.out, leftOut);
            return results.isEmpty() ? 1 : 0;
        } catch (RunnerException e) {
            System.err.println("error: " + (e.getMessage() == null ? e : e.getMessage()));
            return 1;
        }
    }

    /** Those asked for, or all that compute in the precisions asked for, less what is missing here; it is told. */
    private static List<String> devices(CommandLineOptions line) {
        Collection<String> precisions = line.getParameter(PRECISION).orElse(List.of(Precision.FP32.name()));
        boolean onCpu = precisions.equals(List.of(Precision.FP32.name()));
        Collection<String> asked =
                line.getParameter(DEVICE).orElse(onCpu ? List.of(Device.CPU, Device.CUDA) : List.of(Device.CUDA));
        String missing = asked.contains(Device.CUDA) ? Device.cudaMissing() : null;
        if (missing != null) {
            System.out.println("cuda is left out: " + missing);
        }
        return asked.stream()
                .filter(device -> missing == null || !device.equals(Device.CUDA))
                .toList();
    }

    /** Benchmarks that were asked for and cannot run, with the reason. */
    private static Map<String, String> leftOut(CommandLineOptions line) {
        String missing = Cudnn.missing();
        if (missing == null) {
            return Map.of();
        }
        return found(line).stream()
                .map(BenchmarkListEntry::getUsername)
                .filter(name -> name.startsWith(CudnnSoftmaxBenchmark.class.getName() + "."))
                .collect(Collectors.toMap(name -> name, name -> missing));
    }

    private static boolean anyHasDevice(CommandLineOptions line) {
        return found(line).stream()
                .anyMatch(entry ->
                        entry.getParams().hasValue() && entry.getParams().get().containsKey(DEVICE));
    }

    private static SortedSet<BenchmarkListEntry> found(CommandLineOptions line) {
        return BenchmarkList.defaultList()
                .find(
                        OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                        line.getIncludes(),
                        line.getExcludes());
    }
}
