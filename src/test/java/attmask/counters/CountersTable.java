package attmask.counters;

import attmask.counters.KernelCase.Bound;
import attmask.cuda.PtxModules;
import attmask.cuda.jcuda.PtxCompiler;
import attmask.cuda.jcuda.PtxCompiler.Usage;
import attmask.ptx.InstructionClass;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code benchmarks/results/kernel-counters.md}: a row for each kernel and shape. */
final class CountersTable {
    static final String ARCHITECTURE = "sm_90";

    private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(");
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\|", Pattern.MULTILINE);

    private CountersTable() {}

    /** Names of all kernels in the jar. */
    static Set<String> kernelsOfTheJar() {
        Set<String> names = new LinkedHashSet<>();
        for (String module : PtxModules.names()) {
            Matcher entry = ENTRY.matcher(PtxModules.read(module));
            while (entry.find()) {
                names.add(entry.group(1));
            }
        }
        return names;
    }

    /** Names of the kernels that a part of the file has rows for. */
    static Set<String> kernelsNamedIn(String markdown) {
        Set<String> names = new LinkedHashSet<>();
        Matcher row = ROW.matcher(markdown);
        while (row.find()) {
            names.add(row.group(1));
        }
        return names;
    }

    static String memory(List<KernelCount> counts) {
        Map<String, Usage> usages = usages();
        StringBuilder text = new StringBuilder("""
                | kernel | at | least KiB | again KiB | requested KiB | moved KiB | moved, without again, over least | bank conflicts | divergent branches | registers | spilled bytes | shared bytes |
                |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
                """);
        for (KernelCount count : counts) {
            Usage usage = usages.get(count.kernel());
            int dynamic = count.report().config().sharedBytes();
            text.append(String.format(
                    Locale.ROOT,
                    "| `%s` | %s | %.1f | %.1f | %.1f | %.1f | %.2f%s | %,d | %,d | %d | %d | %,d |%n",
                    count.kernel(),
                    count.shape(),
                    kib(count.moves().least()),
                    kib(count.moves().again()),
                    kib(count.bytesRequested()),
                    kib(count.bytesMoved()),
                    count.overhead(),
                    mark(count.moves().bound()),
                    count.report().sharedConflicts(),
                    count.report().divergentBranches(),
                    usage.registers(),
                    usage.spillStores() + usage.spillLoads(),
                    usage.shared() + dynamic));
        }
        return text.toString();
    }

    private static double kib(long bytes) {
        return bytes / 1024.0;
    }

    private static String mark(Bound bound) {
        return switch (bound) {
            case MEMORY -> "";
            case PRODUCTS -> " ᵖ";
            case TAPS -> " ᵗ";
            case LAUNCH -> " ˡ";
        };
    }

    private static Map<String, Usage> usages() {
        return PtxModules.names().stream()
                .flatMap(module -> PtxCompiler.assemble(PtxModules.read(module), ARCHITECTURE).kernels().stream())
                .collect(Collectors.toMap(Usage::kernel, usage -> usage));
    }

    /** What is asked for again, and why. */
    static String reasons(List<KernelCount> counts) {
        return counts.stream()
                .filter(count -> count.moves().again() > 0)
                .map(count -> "- `" + count.kernel() + "`: " + count.moves().why() + "\n")
                .distinct()
                .collect(Collectors.joining());
    }

    static String instructions(List<KernelCount> counts) {
        List<InstructionClass> classes = Arrays.stream(InstructionClass.values())
                .filter(each -> counts.stream().anyMatch(count -> number(count, each) > 0))
                .toList();
        StringBuilder text = new StringBuilder("| kernel | at | all |");
        classes.forEach(each -> text.append(' ')
                .append(each.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .append(" |"));
        text.append("\n|---|---|--:|").append("--:|".repeat(classes.size())).append('\n');
        for (KernelCount count : counts) {
            text.append(String.format(
                    Locale.ROOT,
                    "| `%s` | %s | %,d |",
                    count.kernel(),
                    count.shape(),
                    count.report().warpInstructions()));
            classes.forEach(each -> text.append(String.format(Locale.ROOT, " %,d |", number(count, each))));
            text.append('\n');
        }
        return text.toString();
    }

    private static long number(KernelCount count, InstructionClass which) {
        return count.report().instructions().getOrDefault(which, 0L);
    }

    static String step(StepCount step) {
        long all = step.total().instructions();
        StringBuilder text = new StringBuilder("""
                | kernel | launches | warp instructions | share |
                |---|--:|--:|--:|
                """);
        step.kernels().entrySet().stream()
                .sorted((a, b) ->
                        Long.compare(b.getValue().instructions(), a.getValue().instructions()))
                .forEach(entry -> text.append(String.format(
                        Locale.ROOT,
                        "| %s | %,d | %,d | %.3f %% |%n",
                        entry.getKey(),
                        entry.getValue().launches(),
                        entry.getValue().instructions(),
                        100.0 * entry.getValue().instructions() / all)));
        return text.append(String.format(
                        Locale.ROOT,
                        "| all | %,d | %,d | 100 %% |%n",
                        step.total().launches(),
                        all))
                .toString();
    }
}
