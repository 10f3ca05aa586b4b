package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.ops.AttentionMask;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Shape;
import attmask.tensor.Tensor;

/** The int(n·ratio) most or least attended tokens of given scores. */
final class MaskCase implements GoldenCase {
    private static final String PREFIX = "expect/";

    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        for (String name : file.names()) {
            if (!name.startsWith(PREFIX)) {
                continue;
            }
            String[] parts = name.substring(PREFIX.length()).split("/");
            double[] scores = file.doubles("scores/" + parts[1]);
            Shape shape = file.shape(name);
            int count = (int) (shape.dim(1) * Double.parseDouble(parts[2]));
            byte[] chosen = select(backend, scores, shape.dim(0), count, parts[0].equals("high"));
            findings.equal(name.substring(PREFIX.length()), differences(chosen, file.bytes(name)));
        }
    }

    /** The mask (images, N) of {@code count} tokens in every image. */
    static byte[] select(Backend backend, double[] scores, int images, int count, boolean highest) {
        int patches = scores.length / images;
        try (Arena arena = new Arena("mask")) {
            Tensor score = arena.tensor(backend.real(), images, patches);
            Tensor mask = arena.tensor(DType.U8, images, patches);
            Tensor rows = arena.tensor(DType.I32, images * patches);
            arena.allocate(backend::allocate);
            backend.write(score, scores);
            AttentionMask.Rule rule = new AttentionMask.Rule(highest, count, 0, 0, 1, 0, 0);
            backend.attentionMask().select(mask, rows, score, rule);
            byte[] chosen = new byte[scores.length];
            backend.read(mask, chosen);
            return chosen;
        }
    }

    static long differences(byte[] a, byte[] b) {
        long differences = Math.abs(a.length - b.length);
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            differences += a[i] == b[i] ? 0 : 1;
        }
        return differences;
    }
}
