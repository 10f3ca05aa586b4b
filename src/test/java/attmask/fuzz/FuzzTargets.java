package attmask.fuzz;

import attmask.checkpoint.CheckpointFuzz;
import attmask.checkpoint.SafeTensorsFuzz;
import attmask.checkpoint.exchange.ForeignModelFuzz;
import attmask.checkpoint.pytorch.PickleFuzz;
import attmask.cli.CommandLineFuzz;
import attmask.comparison.ComparisonFuzz;
import attmask.config.ConfigFuzz;
import attmask.config.SettingsFuzz;
import attmask.data.CifarFuzz;
import attmask.data.ImageFuzz;
import attmask.data.PackFuzz;
import attmask.data.TarFuzz;
import attmask.ptx.PtxFuzz;
import attmask.report.RunFuzz;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Every parser of bytes from elsewhere, made when asked for. A new one is a line here. */
final class FuzzTargets {
    private static final Map<String, Supplier<FuzzTarget>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("safetensors", SafeTensorsFuzz::new);
        ALL.put("checkpoint", CheckpointFuzz::new);
        ALL.put("import", ForeignModelFuzz::new);
        ALL.put("pickle", PickleFuzz::new);
        ALL.put("config", ConfigFuzz::new);
        ALL.put("settings", SettingsFuzz::new);
        ALL.put("command-line", CommandLineFuzz::new);
        ALL.put(
                "jpg",
                () -> new ImageFuzz(
                        "grey.jpg", "progressive.jpg", "cmyk.jpg", "ycck.jpg", "profile.jpg", "orientation6.jpg"));
        ALL.put(
                "png",
                () -> new ImageFuzz(
                        "rgb.png", "rgb16.png", "palette.png", "interlaced.png", "grey-alpha.png", "one-bit.png"));
        ALL.put("bmp", () -> new ImageFuzz("rgb.bmp", "palette.bmp", "grey.bmp", "rgba.bmp"));
        ALL.put("webp", () -> new ImageFuzz("lossy.webp", "lossless.webp", "lossy-alpha.webp", "lossless-alpha.webp"));
        ALL.put("cifar", CifarFuzz::new);
        ALL.put("pack", PackFuzz::new);
        ALL.put("tar", TarFuzz::new);
        ALL.put("run", RunFuzz::new);
        ALL.put("comparison", ComparisonFuzz::new);
        ALL.put("ptx", PtxFuzz::new);
    }

    private FuzzTargets() {}

    /** In lower case, for commands and folders. */
    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    static FuzzTarget named(String name) {
        if (!ALL.containsKey(name)) {
            throw new IllegalArgumentException("no fuzz target " + name + "; there are " + String.join(", ", names()));
        }
        return ALL.get(name).get();
    }
}
