package attmask.config;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Single settings, PATH=VALUE in each line as {@code --set} has them; one is shown as an option would be written. */
public final class SettingsFuzz implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return List.of(
                Seeds.joined("mask.ratio=0.1,0.5\nmask.strategy=High\nmodel.image=224x160"),
                Seeds.joined("run.epochs=1e1\nhead.shared=off\naugmentation.global-scale=[0.25, 1]"),
                Seeds.joined("data.source=shapes\noptimizer.learning_rate=5e-4\nrun.knn=10 20"));
    }

    @Override
    public void read(byte[] input, Path folder) {
        ConfigLoader loader = ConfigLoader.preset(Preset.DEFAULT);
        for (String line : new String(input, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            loader.set(line.substring(0, Math.max(0, equals)), line.substring(equals + 1), "--set");
        }
        TrainConfig config = loader.resolve();
        List<String> paths = ConfigSchema.paths();
        ConfigJson.text(config, paths.get(input.length % paths.size()));
    }
}
