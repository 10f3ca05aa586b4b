package attmask.train;

import attmask.config.MaskConfig;
import attmask.config.MaskStrategy;
import attmask.config.Size;
import attmask.data.EvalBatch;
import attmask.data.EvalLoader;
import attmask.data.EvalTransform;
import attmask.data.Normaliser;
import attmask.data.ReadableImages;
import attmask.data.RgbImage;
import attmask.eval.Encoder;
import attmask.eval.FeatureExtraction;
import attmask.masking.Masker;
import attmask.nn.VisionTransformer;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.report.MaskPicture;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The qualitative picture of the paper: images, the teacher's attention, and what each strategy would hide. */
public final class MaskPictures {
    /** The centre of the published law, U(0.1, 0.5). */
    public static final double TYPICAL_RATIO = 0.3;

    private final Backend backend;
    private final Encoder encoder;
    private final int layer;
    private final MaskConfig config;
    private final List<MaskStrategy> strategies;
    private final long seed;
    private final Grid grid;
    private final int count;
    private float[] pixels;
    private final List<String> captions = new ArrayList<>();

    /**
     * Decodes the images once.
     *
     * @param images the first {@code limit} readable ones are shown
     * @param layer block whose attention is shown
     * @param ratio share that every strategy hides, so that they compare
     */
    public MaskPictures(
            Backend backend,
            Encoder encoder,
            ReadableImages images,
            int limit,
            int layer,
            MaskConfig config,
            double ratio,
            long seed) {
        this.backend = backend;
        this.encoder = encoder;
        this.layer = layer;
        this.seed = seed;
        this.config = new MaskConfig(
                config.strategy(),
                List.of(ratio),
                List.of(0.0),
                1,
                config.showMax(),
                config.candidates(),
                config.candidateProbability(),
                0,
                layer);
        strategies = MaskPicture.strategies(config.strategy());
        grid = VisionTransformer.grid(encoder.model().image(), encoder.model().patch());
        count = load(images, Math.min(limit, encoder.batch()));
    }

    private int load(ReadableImages images, int limit) {
        EvalTransform transform = FeatureExtraction.transform(encoder.model().image());
        pixels = new float[encoder.batch() * 3 * encoder.model().image().pixels()];
        int length = 3 * encoder.model().image().pixels();
        int loaded = 0;
        try (EvalLoader loader = new EvalLoader(images, transform, limit, 1, 1)) {
            for (EvalBatch batch = loader.next(); batch != null && loaded < limit; batch = loader.next()) {
                int taken = Math.min(batch.count(), limit - loaded);
                System.arraycopy(batch.images(), 0, pixels, loaded * length, taken * length);
                for (int i = 0; i < taken; i++) {
                    captions.add(caption(images, batch.indices()[i]));
                }
                loaded += taken;
                batch.release();
            }
        }
        return loaded;
    }

    private static String caption(ReadableImages images, int index) {
        int label = images.source().label(index);
        return label < 0
                ? images.source().name(index)
                : images.source().classes().get(label);
    }

    /** Of the heap, where the encoder takes so many images at a time. */
    static long bytes(int batch, Size image) {
        return 3L * Float.BYTES * batch * image.pixels();
    }

    /** Images in the picture. */
    public int count() {
        return count;
    }

    /** Writes the picture for the encoder's weights as they are now. */
    public void write(String title, Path file) {
        double[] scores = encoder.attention(pixels, layer);
        List<byte[]> masks = strategies.stream().map(s -> masks(s, scores)).toList();
        List<MaskPicture.Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row(i, scores, masks));
        }
        new MaskPicture(title, rows).write(file);
    }

    private MaskPicture.Row row(int image, double[] scores, List<byte[]> masks) {
        int tokens = grid.tokens();
        double[] attention = new double[tokens];
        System.arraycopy(scores, image * tokens, attention, 0, tokens);
        List<MaskPicture.Masked> masked = new ArrayList<>();
        for (int s = 0; s < strategies.size(); s++) {
            boolean[] hidden = new boolean[tokens];
            for (int n = 0; n < tokens; n++) {
                hidden[n] = masks.get(s)[image * tokens + n] != 0;
            }
            masked.add(new MaskPicture.Masked(strategies.get(s).name().toLowerCase(Locale.ROOT), hidden));
        }
        return new MaskPicture.Row(captions.get(image), picture(image), grid, attention, masked);
    }

    /** The image as the network sees it. */
    private RgbImage picture(int image) {
        int height = encoder.model().image().height();
        int width = encoder.model().image().width();
        byte[] rgb = new byte[3 * height * width];
        int plane = height * width;
        for (int i = 0; i < plane; i++) {
            for (int c = 0; c < 3; c++) {
                rgb[3 * i + c] = (byte) Normaliser.restore(pixels[(image * 3 + c) * plane + i], c);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    private byte[] masks(MaskStrategy strategy, double[] scores) {
        MaskConfig own = new MaskConfig(
                strategy,
                config.ratio(),
                config.variation(),
                1,
                config.showMax(),
                config.candidates(),
                config.candidateProbability(),
                0,
                config.layer());
        try (Arena arena = new Arena("mask picture")) {
            int images = encoder.batch();
            Tensor score = arena.tensor(backend.real(), images, grid.tokens());
            Tensor mask = arena.tensor(DType.U8, images, grid.tokens());
            Tensor rows = arena.tensor(DType.I32, images * grid.tokens());
            arena.allocate(backend::allocate);
            backend.write(score, scores);
            new Masker(own, grid, seed).choose(backend, mask, rows, score, 0);
            byte[] bytes = new byte[images * grid.tokens()];
            backend.read(mask, bytes);
            return bytes;
        }
    }
}
