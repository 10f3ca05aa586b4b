package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.config.UserException;
import attmask.ops.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs golden cases, bundled or from a folder, through the product's own code on one backend. */
public final class Verification {
    private static final List<String> BUNDLED = List.of(
            "step-shared-head", "step-two-heads", "trajectory-high", "mask", "schedule", "knn", "augment", "blockwise");
    private static final Map<String, GoldenCase> KINDS = Map.of(
            "step", new StepCase(),
            "trajectory", new TrajectoryCase(),
            "mask", new MaskCase(),
            "schedule", new ScheduleCase(),
            "knn", new KnnCase(),
            "augment", new AugmentCase(),
            "blockwise", new BlockwiseCase());

    private final Backend backend;

    public Verification(Backend backend) {
        this.backend = backend;
    }

    /** The cases in the jar; each is handed over as soon as it is done. */
    public void bundled(Consumer<List<Finding>> each) {
        for (String name : BUNDLED) {
            String path = "/attmask/golden/" + name + ".safetensors";
            try (InputStream in = Verification.class.getResourceAsStream(path);
                    SafeTensors file = SafeTensors.read(in, name)) {
                each.accept(run(name, file));
            } catch (IOException e) {
                throw new UserException("cannot read the bundled case " + name + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * Every .safetensors file of a folder.
     *
     * @throws UserException if there is none, or one is damaged or of no known kind
     */
    public void folder(Path folder, Consumer<List<Finding>> each) {
        for (Path path : files(folder)) {
            try (SafeTensors file = SafeTensors.open(path)) {
                each.accept(run(path.getFileName().toString().replace(".safetensors", ""), file));
            }
        }
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(path -> path.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new UserException(
                        "there is no .safetensors file in " + folder + "; name a folder of golden cases");
            }
            return files;
        } catch (IOException e) {
            throw new UserException("cannot list " + folder + "; name a folder of golden cases with --cases", e);
        }
    }

    private List<Finding> run(String name, SafeTensors file) {
        String kind = file.metadata("kind");
        GoldenCase golden = KINDS.get(kind);
        if (golden == null) {
            throw new UserException(file.name() + ": there are no cases of kind '" + kind + "'; known are "
                    + String.join(", ", KINDS.keySet().stream().sorted().toList()));
        }
        Findings findings = new Findings(name, backend.roundoff());
        try {
            golden.run(file, backend, findings);
        } catch (NumberFormatException e) {
            throw new UserException(file.name() + ": a number in its metadata cannot be read: " + e.getMessage(), e);
        }
        return new ArrayList<>(findings.list());
    }
}
