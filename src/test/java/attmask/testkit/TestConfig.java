package attmask.testkit;

import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import java.util.ArrayList;
import java.util.List;

/** Settings of a test's run. */
public final class TestConfig {
    private TestConfig() {}

    /**
     * The default preset, but for some settings.
     *
     * @param settings {@code path=value}; of one path the last counts
     * @param more after these
     */
    public static TrainConfig of(List<String> settings, String... more) {
        List<String> all = new ArrayList<>(settings);
        all.addAll(List.of(more));
        ConfigLoader loader = ConfigLoader.preset(Preset.DEFAULT);
        for (String setting : all) {
            int equals = setting.indexOf('=');
            loader.set(setting.substring(0, equals), setting.substring(equals + 1), setting);
        }
        return loader.resolve();
    }
}
