package attmask.counters;

import attmask.config.MaskStrategy;
import attmask.config.Precision;
import attmask.ops.cuda.CudaBackend;
import attmask.ptx.EmulatedDriver;
import attmask.train.StepBenchmark;
import attmask.train.StepShape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Launches and warp instructions of a whole training step, by kernel; cuBLAS's products are no kernels of ours. */
record StepCount(Map<String, Kernel> kernels) {
    private static final String CHOOSE = "attention_mask_choose";

    private static final List<String> PER_STEP = List.of("adam_w", "cast", "clip_gradients", "ema", "weight_norm");

    record Kernel(long launches, long instructions) {
        Kernel plus(Kernel other) {
            return new Kernel(launches + other.launches, instructions + other.instructions);
        }
    }

    /** Counts the first step: teacher, masks, student forward and backward, update. */
    static StepCount of(StepShape shape, int batch, MaskStrategy strategy, Precision precision) {
        Map<String, Kernel> kernels = new TreeMap<>();
        EmulatedDriver driver = new EmulatedDriver();
        try (CudaBackend backend = new CudaBackend(driver, precision);
                StepBenchmark step = new StepBenchmark(shape, batch, strategy, backend)) {
            driver.synchronize();
            driver.onLaunch(
                    report -> kernels.merge(report.kernel(), new Kernel(1, report.warpInstructions()), Kernel::plus));
            step.run(0, 1);
            driver.synchronize();
        }
        return new StepCount(kernels);
    }

    /** False for kernels that work on parameters alone. */
    static boolean growsWithTheBatch(String kernel) {
        return PER_STEP.stream().noneMatch(kernel::startsWith);
    }

    /** The choice of masks. */
    Kernel choose() {
        return sum(kernel -> kernel.startsWith(CHOOSE));
    }

    Kernel total() {
        return sum(kernel -> true);
    }

    /** Of kernels by name. */
    Kernel sum(Predicate<String> which) {
        return kernels.entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .map(Map.Entry::getValue)
                .reduce(new Kernel(0, 0), Kernel::plus);
    }
}
