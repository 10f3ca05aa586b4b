package attmask.report;

import attmask.config.ConfigJson;
import attmask.config.Preset;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The folder of a run, log.jsonl, config.json and a picture of masks, and the page about it, which must show text as text. */
public final class RunFuzz implements FuzzTarget {
    private static final String MARKUP = "<img src=x>";
    private static final String MASKS = "masks/epoch-001.png";
    private static final String LOG = "{\"kind\":\"eval\",\"epoch\":0,\"step\":0,\"knn10_top1\":10.0}\n"
            + "{\"kind\":\"step\",\"epoch\":1,\"step\":5,\"epochs_done\":0.5,\"loss\":7.5}\n"
            + "{\"kind\":\"epoch\",\"epoch\":1,\"step\":10,\"train_loss\":7.25,\"train_lr\":5e-4,\"knn10_top1\":1e1}\n";

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(
                withPicture(Seeds.joined(
                        LOG, ConfigJson.write(Preset.named(Preset.DEFAULT).config()), "")),
                Seeds.joined(
                        LOG + "{\"kind\":\"collapse\",\"epoch\":1,\"step\":9,\"sign\":\"</script>" + MARKUP
                                + "\",\"remedy\":\"less\",\"value\":0.1}",
                        "{\"run\":{\"epochs\":3},\"model\":{\"image\":32},\"mask\":{\"strategy\":\"" + MARKUP
                                + "\",\"ratio\":[0.1,0.5]}}"));
    }

    private static byte[] withPicture(byte[] texts) throws IOException {
        Path folder = Files.createTempDirectory("attmask-seeds-");
        new SyntheticRun(folder, 1).masks(1, 128);
        byte[] picture = Files.readAllBytes(folder.resolve(MASKS));
        for (String name : List.of(MASKS, "masks", "config.json", "log.jsonl", "")) {
            Files.delete(folder.resolve(name));
        }
        byte[] input = Arrays.copyOf(texts, texts.length + picture.length);
        System.arraycopy(picture, 0, input, texts.length, picture.length);
        return input;
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        List<byte[]> parts = Seeds.parts(input, 3);
        return Map.of("log.jsonl", parts.get(0), "config.json", parts.get(1), MASKS, parts.get(2));
    }

    @Override
    public void read(byte[] input, Path folder) {
        List<Run> runs = Runs.at(List.of(folder));
        String html = new RunReport()
                .page("fuzz", runs, 1, List.of(), List.of(), false)
                .html();
        if (html.contains(MARKUP)) {
            throw new AssertionError("text of a file became markup");
        }
    }

    /**
     * The page has the charts' library in it, and each line's numbers once for each chart; and a picture of the most
     * pixels, of three bytes, is read thrice.
     */
    @Override
    public long mostBytes(int length) {
        return (64L << 20) + 3 * 3 * (16L << 20) + 4096L * length;
    }
}
