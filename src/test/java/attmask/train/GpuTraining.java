package attmask.train;

import attmask.config.Precision;
import attmask.cuda.Driver;
import attmask.cuda.GraphDriver;
import attmask.cuda.jcuda.CudaMachine;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ops.cuda.CudaBackend;
import attmask.train.RecordedTraining.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A short training run on the GPU and the same on the CPU, step by step; then with CUDA graphs and without. Exit code 1 if
 * they part.
 */
public final class GpuTraining {
    /**
     * Float32 roundings differ by 1e-7 with the order of sums, and every update passes them on; a token that changes
     * sides in the masks' order would be seen at 1e-3.
     */
    private static final double BOUND = 1e-4;

    private static final List<String> SETTINGS = List.of(
            "data.shapesTrain=320",
            "data.shapesValidation=20",
            "run.epochs=2",
            "run.batch=32",
            "run.evalEvery=0",
            "optimizer.freezeLastLayer=1");

    private GpuTraining() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("attmask-gpu-check-");
        boolean agree;
        try {
            List<Step> cpu = train(new CpuBackend(Runtime.getRuntime().availableProcessors()), folder.resolve("cpu"));
            List<Step> cuda = train(gpu(Precision.FP32, false), folder.resolve("cuda"));
            agree = compare(cpu, cuda);
            agree &= equal(Precision.FP32, cuda, train(gpu(Precision.FP32, true), folder.resolve("graphs")));
            agree &= equal(
                    Precision.BF16,
                    train(gpu(Precision.BF16, false), folder.resolve("bf16")),
                    train(gpu(Precision.BF16, true), folder.resolve("bf16-graphs")));
        } finally {
            delete(folder);
        }
        System.exit(agree ? 0 : 1);
    }

    private static Backend gpu(Precision precision, boolean graphs) {
        Driver driver = CudaMachine.probe().open();
        return graphs ? new CudaBackend(new GraphDriver(driver), precision) : new CudaBackend(driver, precision);
    }

    /** With CUDA graphs every loss and every mask must be what it is without, to the last bit. */
    private static boolean equal(Precision precision, List<Step> without, List<Step> with) {
        int equal = 0;
        for (int i = 0; i < without.size(); i++) {
            boolean same = without.get(i).loss() == with.get(i).loss()
                    && without.get(i).sameMask(with.get(i));
            equal += same ? 1 : 0;
        }
        System.out.printf("%s with CUDA graphs: equal in %d of %d steps%n", precision, equal, without.size());
        return equal == without.size() && with.size() == without.size();
    }

    private static List<Step> train(Backend backend, Path run) {
        return RecordedTraining.run(SETTINGS, backend, run, 2);
    }

    private static boolean compare(List<Step> cpu, List<Step> cuda) {
        double worst = 0;
        int within = 0;
        int masks = 0;
        System.out.printf("%4s %12s %12s %10s %s%n", "step", "cpu", "cuda", "difference", "masks");
        for (int i = 0; i < cpu.size(); i++) {
            double want = cpu.get(i).loss();
            double got = cuda.get(i).loss();
            double difference = Math.abs(got - want) / want;
            boolean equal = cpu.get(i).sameMask(cuda.get(i));
            System.out.printf(
                    Locale.ROOT, "%4d %12.7f %12.7f %10.2e %s%n", i, want, got, difference, equal ? "equal" : "DIFFER");
            worst = Math.max(worst, difference);
            within += difference <= BOUND ? 1 : 0;
            masks += equal ? 1 : 0;
        }
        System.out.printf(
                Locale.ROOT,
                "%d steps: losses differ by %.2e at most (bound %.0e), masks equal in %d%n",
                cpu.size(),
                worst,
                BOUND,
                masks);
        return within == cpu.size() && masks == cpu.size() && cuda.size() == cpu.size();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
