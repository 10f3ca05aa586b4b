package attmask.cli;

import attmask.config.LossConfig;
import attmask.config.MaskConfig;
import attmask.config.TrainConfig;
import attmask.data.DataSet;
import attmask.train.MemoryPlan;
import attmask.train.MemoryUse;
import attmask.train.MemoryUse.Place;
import attmask.train.Trainer;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Locale;

/** What a user sees before training begins. */
final class RunDescription {
    private static final double MEGABYTE = 1 << 20;

    private final PrintStream out;

    RunDescription(PrintStream out) {
        this.out = out;
    }

    /** All of one run. */
    void print(TrainConfig config, Devices.Chosen device, DataSet data, Path folder, Trainer trainer) {
        common(config, device, data);
        out.printf(
                "model    %,d parameters with its head of %,d prototypes%n",
                trainer.plan().studentParameters().layout().trainedCount(),
                config.head().prototypes());
        out.println("method   " + method(config.loss()));
        out.println("masks    " + masks(config));
        out.printf(
                "run      %d epochs of %d steps, batch %d with %d crops an image, seed %d, into %s%n",
                config.run().epochs(),
                trainer.stepsPerEpoch(),
                config.run().batch(),
                config.crops(),
                config.run().seed(),
                folder);
        out.printf(
                "rate     %s at its peak: %s x batch %d / 256%n",
                plain(config.peakLearningRate()),
                plain(config.optimizer().learningRate()),
                config.run().batch());
        memory(trainer.memory());
    }

    private static String plain(double rate) {
        return new BigDecimal(rate)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    private void memory(MemoryPlan memory) {
        for (MemoryUse use : memory.uses()) {
            memory(use.what() + (use.place() == Place.HEAP ? ", " + Place.HEAP.text() : ""), use.bytes());
        }
        for (Place place : Place.values()) {
            if (memory.bytes(place) > 0) {
                memory("in all, " + place.text(), memory.bytes(place));
            }
        }
        memory("in all, the whole process", memory.machineBytes());
    }

    private void memory(String what, long bytes) {
        out.printf("memory   %-32s %9.1f MB%n", what, bytes / MEGABYTE);
    }

    /** What several runs have in common. */
    void common(TrainConfig config, Devices.Chosen device, DataSet data) {
        out.println("device   " + device.reason());
        out.printf(
                "data     %s: %,d training images%s, %,d validation images%n",
                config.data().source(),
                data.train().size(),
                data.train().labelled() ? " of " + data.train().classes().size() + " classes" : " (unlabelled)",
                data.validation().size());
        out.printf(
                "model    ViT width %d, depth %d, heads %d, patch %d on %s px%n",
                config.model().width(),
                config.model().depth(),
                config.model().heads(),
                config.model().patch(),
                config.model().image());
    }

    private static String method(LossConfig loss) {
        return switch (loss.method()) {
            case IBOT -> "ibot: [CLS] loss x " + loss.clsWeight() + ", patch loss x " + loss.patchWeight();
            case DINO -> "dino: [CLS] loss x " + loss.clsWeight();
            case MST -> "mst: [CLS] loss x " + loss.clsWeight() + ", restoration x " + loss.restorationWeight();
        };
    }

    private static String masks(TrainConfig config) {
        MaskConfig mask = config.mask();
        String name = mask.strategy().name().toLowerCase(Locale.ROOT);
        String law = "ratio " + mask.ratio() + " +- " + mask.variation() + ", probability " + mask.probability();
        String attention = ", attention of block " + (config.maskLayer() + 1) + " of "
                + config.model().depth();
        return switch (mask.strategy()) {
            case NONE -> name;
            case BLOCK, RANDOM -> name + ", " + law;
            case HIGH, HINT, LOW -> name + ", " + law + attention;
            case MST ->
                name + ", candidates " + mask.candidates() + ", each with probability " + mask.candidateProbability()
                        + attention;
        };
    }
}
