package attmask.config;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A file of {@code --config}, and the settings that a run wrote; what is read is written and read again. */
public final class ConfigFuzz implements FuzzTarget {
    private static final String FILE = "config.json";

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(
                Seeds.joined("{\"model\": {\"image\": \"224x160\"}, \"mask\": {\"ratio\": [0.1, 5e-1]}}"),
                Seeds.joined("/* a part */ {\"run\": {\"epochs\": 1e1, \"device\": \"CPU\"}} // end"),
                Seeds.joined(ConfigJson.write(Preset.named(Preset.DEFAULT).config())));
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        return Map.of(FILE, input);
    }

    @Override
    public void read(byte[] input, Path folder) {
        TrainConfig config =
                ConfigLoader.preset(Preset.DEFAULT).file(folder.resolve(FILE)).resolve();
        if (!ConfigJson.read(ConfigJson.write(config), FILE).equals(config)) {
            throw new AssertionError("settings change when written");
        }
    }
}
