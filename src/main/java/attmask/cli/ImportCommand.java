package attmask.cli;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.StoredTensor;
import attmask.checkpoint.exchange.ForeignModel;
import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code import}: weights of other programs. */
@Command(
        name = "import",
        description =
                "Makes a checkpoint from one of PyTorch (AttMask, iBOT, DINO) or from safetensors with timm's names."
                        + " Nothing in the file is run. knn, masks and train --init take the result.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class ImportCommand implements Callable<Integer> {
    private static final int SHOWN = 8;

    @Parameters(paramLabel = "FILE", description = "a .pth, .pt or .safetensors file")
    private Path file;

    @Option(
            names = {"--out", "-o"},
            paramLabel = "FILE",
            description = "the checkpoint; without it FILE's name with .safetensors, which must be free")
    private Path out;

    @Option(
            names = "--heads",
            paramLabel = "N",
            description = "attention heads, which weights do not tell; 0 for the width over 64",
            defaultValue = "0")
    private int heads;

    @Option(
            names = "--image-size",
            paramLabel = "SIZE",
            description = "pixels that the positions are for, such as 224x160 (HxW); without it a square")
    private String image;

    @Override
    public Integer call() {
        if (heads < 0) {
            throw new UserException("--heads is " + heads + "; it must be 0 or more");
        }
        Path target = out == null ? free() : out;
        PrintStream console = System.out;
        try (ForeignModel model = ForeignModel.open(file, heads, image == null ? null : Size.parse(image))) {
            console.println("read     " + file + ": " + model.description());
            describe(console, model);
            Checkpoint.saveWeights(target, model.weights(), "imported from " + file.getFileName());
        }
        console.println("wrote    " + target);
        return 0;
    }

    private Path free() {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        Path target = file.resolveSibling(name.replaceFirst("\\.[^.]*$", "") + ".safetensors");
        if (Files.exists(target)) {
            throw new UserException(target + " exists already; name the checkpoint with -o FILE");
        }
        return target;
    }

    private void describe(PrintStream console, ForeignModel foreign) {
        ModelWeights weights = foreign.weights();
        ModelConfig model = weights.config().model();
        console.printf(
                "model    ViT width %d, depth %d, heads %d%s, patch %d on %s px, MLP ratio %d: %,d parameters%n",
                model.width(),
                model.depth(),
                model.heads(),
                heads == 0 ? " (width / 64)" : "",
                model.patch(),
                model.image(),
                model.mlpRatio(),
                weights.backbone().values().stream()
                        .mapToLong(tensor -> tensor.shape().count())
                        .sum());
        console.println("head     " + head(weights));
        console.println("teacher  " + parts(weights.teacher(), "the student is evaluated in its place"));
        console.println("student  " + parts(weights.student(), "train --init starts both from the teacher"));
        console.println("centers  "
                + (weights.centers().isEmpty()
                        ? "none"
                        : String.join(", ", weights.centers().keySet())));
        List<String> leftOut = foreign.leftOut();
        if (!leftOut.isEmpty()) {
            console.println("left out " + String.join(", ", leftOut.subList(0, Math.min(SHOWN, leftOut.size())))
                    + (leftOut.size() > SHOWN ? " and " + (leftOut.size() - SHOWN) + " more" : ""));
        }
    }

    private static String head(ModelWeights weights) {
        if (!weights.hasHead()) {
            return "none that this program knows; train --init draws a new one";
        }
        HeadConfig head = weights.config().head();
        String prototypes = head.shared()
                ? head.prototypes() + " prototypes for [CLS] and patches"
                : head.prototypes() + " prototypes for [CLS], " + head.patchPrototypes() + " for patches";
        return head.hidden() + ", " + head.hidden() + ", " + head.bottleneck() + ", then " + prototypes;
    }

    private static String parts(Map<String, StoredTensor> network, String otherwise) {
        if (network.isEmpty()) {
            return "none: " + otherwise;
        }
        List<String> parts = new ArrayList<>(List.of("backbone"));
        if (network.keySet().stream().anyMatch(ModelWeights::isHead)) {
            parts.add("head");
        }
        if (network.containsKey(ModelWeights.MASK_TOKEN)) {
            parts.add("mask token");
        }
        return String.join(", ", parts);
    }
}
