package attmask.benchmarks;

import java.io.PrintStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Time, bytes and operations of each call beside the ceilings of the device that it ran on. */
final class RateTable {
    private static final String BYTES = "gigabytes";
    private static final String OPERATIONS = "gigaflops";
    private static final String COPY = Ceilings.class.getName() + ".copy";
    private static final String MATRIX = Ceilings.class.getName() + ".matrix";

    private final Collection<RunResult> results;
    private final Map<String, Double> copy = new HashMap<>();
    private final Map<String, Double> matrix = new HashMap<>();

    RateTable(Collection<RunResult> results) {
        this.results = results;
        for (RunResult result : results) {
            if (result.getParams().getBenchmark().equals(COPY)) {
                copy.put(device(result), rate(result, BYTES));
            }
            if (result.getParams().getBenchmark().equals(MATRIX)) {
                matrix.put(device(result), rate(result, OPERATIONS));
            }
        }
    }

    /** With the precision of a GPU. What has no choice of them is float32 on a GPU. */
    private static String device(RunResult result) {
        String device = parameter(result, "device", Device.CUDA);
        return device.equals(Device.CPU) ? device : device + " " + parameter(result, "precision", "FP32");
    }

    private static String parameter(RunResult result, String name, String otherwise) {
        BenchmarkParams params = result.getParams();
        return params.getParamsKeys().contains(name) ? params.getParam(name) : otherwise;
    }

    private static double rate(RunResult result, String counter) {
        return result.getSecondaryResults().get(counter).getScore();
    }

    /** @param leftOut what could not be measured, with the reason */
    void print(PrintStream out, Map<String, String> leftOut) {
        if (results.stream().noneMatch(RateTable::counted)) {
            return;
        }
        out.printf(
                "%n%-42s %-9s %12s %8s %9s %8s %9s %10s%n",
                "call", "device", "us/call", "+-", "GB/s", "of copy", "GFLOP/s", "of product");
        results.stream().filter(RateTable::counted).forEach(result -> print(out, result));
        leftOut.forEach((benchmark, reason) -> out.printf("%-42s left out: %s%n", name(benchmark), reason));
    }

    private static boolean counted(RunResult result) {
        return result.getSecondaryResults().containsKey(BYTES);
    }

    private void print(PrintStream out, RunResult result) {
        BenchmarkParams params = result.getParams();
        String name = name(params.getBenchmark());
        Result<?> calls = result.getPrimaryResult();
        double micros = 1e6 / calls.getScore();
        double bytes = rate(result, BYTES);
        double operations = rate(result, OPERATIONS);
        out.printf(
                "%-42s %-9s %12.1f %8s %9s %8s %9s %10s%n",
                name,
                device(result),
                micros,
                percent(calls.getScoreError(), calls.getScore()),
                number(bytes),
                percent(bytes, copy.get(device(result))),
                number(operations),
                percent(operations, matrix.get(device(result))));
    }

    /** {@code attmask.benchmarks.LayerNormBenchmark.forward} is LayerNorm.forward. */
    private static String name(String benchmark) {
        int method = benchmark.lastIndexOf('.');
        return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1).replace("Benchmark.", ".");
    }

    private static String number(double value) {
        return value == 0 ? "" : String.format("%.1f", value);
    }

    private static String percent(double part, Double whole) {
        return part == 0 || whole == null || Double.isNaN(part) ? "" : String.format("%.1f %%", 100 * part / whole);
    }
}
