package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.masking.BlockMask;
import attmask.masking.MaskSample;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;

/** Block-wise masks by their statistics: where they lie and how many tokens they hide, over thousands of draws. */
final class BlockwiseCase implements GoldenCase {
    /** A right program falls below this once in a million comparisons. */
    private static final double SIGNIFICANCE = 1e-6;

    private static final String PREFIX = "expect/frequency/";

    @Override
    public void run(SafeTensors file, Backend backend, Findings findings) {
        for (String name : file.names()) {
            if (name.startsWith(PREFIX)) {
                compare(file, findings, name.substring(PREFIX.length()));
            }
        }
    }

    private static void compare(SafeTensors file, Findings findings, String law) {
        Grid grid = new Grid(
                file.shape(PREFIX + law).dim(0), file.shape(PREFIX + law).dim(1));
        String[] range = law.substring(law.indexOf('/') + 1).split("-");
        double low = Double.parseDouble(range[0]);
        double high = Double.parseDouble(range[1]);
        MaskSample golden = new MaskSample(file.doubles(PREFIX + law), file.ints("expect/counts/" + law));
        MaskSample own = MaskSample.of(grid.tokens(), golden.counts().length, draw -> {
            RandomStream random = new RandomStream(1, Purpose.MASK_PLACE, draw, 0);
            return BlockMask.draw(grid, random.uniform(low, high), random);
        });
        findings.add(law + " unlikely places", unlikely(own.frequencyProbability(golden)), 0);
        findings.add(law + " unlikely counts", unlikely(own.countProbability(golden)), 0);
    }

    /** 0 if the samples may come from one law, 1 if not. */
    private static double unlikely(double probability) {
        return probability > SIGNIFICANCE ? 0 : 1;
    }
}
