package attmask.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ptx.Adversary;
import attmask.ptx.EmulatedDriver;
import attmask.testkit.Trial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** kernels/attention_bf16.cu against attention in double on the same bfloat16 numbers. */
class AttentionBf16Test {
    private static final int THREADS = 128;
    private static final int ROWS = 64;
    /** Seed of the executor's errors in the last place. */
    private static final int NOISE = 4711;
    /** All ones is NaN in both types: an element that is not written shows. */
    private static final byte NAN = -1;

    /** (B, T, H, E): one token, tiles full, one more and one less, a prime, crops of 32, 96 and 224 pixels. */
    @ParameterizedTest
    @CsvSource({
        "1,1,1,32",
        "1,1,2,64",
        "2,17,2,32",
        "2,31,1,64",
        "1,32,1,64",
        "1,33,3,32",
        "3,37,2,64",
        "1,63,1,32",
        "1,64,1,64",
        "2,65,3,32",
        "1,101,1,64",
        "1,197,2,64",
        "1,197,1,32"
    })
    void isWithinTheRoundings(int images, int tokens, int heads, int width) {
        check(images, tokens, heads, width, 1);
    }

    /** Scores far apart: most probabilities vanish, and the largest may come first or last. */
    @ParameterizedTest
    @CsvSource({"1,65,2,32", "1,65,1,64"})
    void sharpAttention(int images, int tokens, int heads, int width) {
        check(images, tokens, heads, width, 6);
    }

    /** As many tokens as 512 pixels have. */
    @ParameterizedTest
    @CsvSource({"1,1025,1,64"})
    void manyTokens(int images, int tokens, int heads, int width) {
        check(images, tokens, heads, width, 1);
    }

    private static void check(int images, int tokens, int heads, int width, double size) {
        int rows = images * tokens;
        double[] qkv = rounded("qkv", rows * 3 * heads * width, size);
        double[] dout = rounded("dout", rows * heads * width, 1);
        AttentionBounds expected = new AttentionBounds(images, tokens, heads, width, qkv, dout);
        try (Driver driver = new EmulatedDriver(new Adversary(tokens, NOISE))) {
            Kernels kernels = new Kernels(driver);
            long x = upload(driver, qkv);
            long g = upload(driver, dout);
            long out = output(driver, dout.length * Bf16.BYTES);
            long dqkv = output(driver, qkv.length * Bf16.BYTES);
            long logSumExp = output(driver, expected.logSumExp.length * Float.BYTES);
            long delta = output(driver, expected.logSumExp.length * Float.BYTES);
            LaunchConfig config = new LaunchConfig(images * heads, (tokens + ROWS - 1) / ROWS, 1, THREADS, 1, 0);
            float scale = (float) (1 / Math.sqrt(width));

            launch(kernels, "forward", width, config, tokens, heads, scale, out, logSumExp, x);
            check("out", expected.out, download(driver, out, dout.length));
            ByteBuffer statistics = bytes(driver, logSumExp, expected.logSumExp.length * Float.BYTES);
            for (double value : expected.logSumExp) {
                double actual = statistics.getFloat();
                assertTrue(Math.abs(actual - value) <= 1e-5 * (1 + size * size), value + " became " + actual);
            }
            launch(kernels, "backward_queries", width, config, tokens, heads, scale, dqkv, delta, g, x, out, logSumExp);
            launch(kernels, "backward_keys", width, config, tokens, heads, scale, dqkv, delta, g, x, logSumExp);
            check("dqkv", expected.dqkv, download(driver, dqkv, qkv.length));
        }
    }

    private static double[] rounded(String name, int count, double size) {
        return Arrays.stream(Trial.normal(name, count))
                .map(v -> Bf16.round(size * v))
                .toArray();
    }

    private static void launch(
            Kernels kernels,
            String name,
            int width,
            LaunchConfig config,
            int tokens,
            int heads,
            float scale,
            long... pointers) {
        Args args = kernels.args();
        for (long pointer : pointers) {
            args.pointer(pointer);
        }
        kernels.launch(
                kernels.kernel("attention_bf16", "attention_" + name + "_bf16_" + width),
                config,
                args.i32(tokens).i32(heads).f32(scale));
    }

    private static long upload(Driver driver, double[] rounded) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(rounded.length * Bf16.BYTES).order(ByteOrder.nativeOrder());
        for (double value : rounded) {
            Bf16.put(bytes, value);
        }
        long address = driver.allocate(bytes.capacity());
        driver.upload(Driver.Stream.MAIN, address, bytes.flip());
        return address;
    }

    private static long output(Driver driver, int bytes) {
        long address = driver.allocate(bytes);
        driver.fill(Driver.Stream.MAIN, address, NAN, bytes);
        return address;
    }

    private static ByteBuffer bytes(Driver driver, long address, int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        driver.download(Driver.Stream.MAIN, buffer, address);
        return buffer.rewind();
    }

    private static double[] download(Driver driver, long address, int count) {
        ByteBuffer bytes = bytes(driver, address, count * Bf16.BYTES);
        double[] values = new double[count];
        Arrays.setAll(values, i -> Bf16.get(bytes));
        return values;
    }

    private static void check(String what, AttentionBounds.Result expected, double[] actual) {
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs(actual[i] - expected.value()[i]);
            // Not (difference > bound): a NaN must fail.
            assertTrue(
                    difference <= expected.bound()[i],
                    what + "[" + i + "]: expected " + expected.value()[i] + " ± " + expected.bound()[i] + ", got "
                            + actual[i]);
        }
    }
}
