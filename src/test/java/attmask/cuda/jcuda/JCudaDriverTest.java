package attmask.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.Args;
import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import attmask.cuda.GemmType;
import attmask.cuda.LaunchConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a GPU. */
class JCudaDriverTest {
    private static final Driver.Stream MAIN = Driver.Stream.MAIN;

    /** Thread x of block b stores its arguments at y + 24 · (b · threads + x): i, x + b · 1000, f, 0, l. */
    private static final String KERNEL = """
            .version 7.8
            .target sm_80
            .address_size 64
            .visible .entry keep(.param .u64 y, .param .u32 i, .param .u64 l, .param .f32 f) {
                .reg .b32 %r<8>;
                .reg .b64 %d<6>;
                ld.param.u64 %d1, [y];
                ld.param.u32 %r1, [i];
                ld.param.u64 %d2, [l];
                ld.param.b32 %r2, [f];
                cvta.to.global.u64 %d3, %d1;
                mov.u32 %r3, %tid.x;
                mov.u32 %r4, %ctaid.x;
                mov.u32 %r5, %ntid.x;
                mad.lo.u32 %r6, %r4, %r5, %r3;
                mad.wide.u32 %d4, %r6, 24, %d3;
                mad.lo.u32 %r7, %r4, 1000, %r3;
                st.global.u32 [%d4], %r1;
                st.global.u32 [%d4+4], %r7;
                st.global.b32 [%d4+8], %r2;
                st.global.u64 [%d4+16], %d2;
                ret;
            }
            """;

    private static JCudaDriver driver;

    @BeforeEach
    void open() {
        CudaMachine machine = CudaMachine.probe();
        Assumptions.assumeTrue(machine.missing() == null, "no GPU to drive: " + machine.missing());
        if (driver == null) {
            driver = machine.open();
        }
    }

    @AfterAll
    static void close() {
        if (driver != null) {
            driver.close();
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Test
    void theDeviceIsDescribed() {
        assertTrue(driver.device().major() >= 8);
        assertTrue(driver.device().sharedBytesPerBlock() > 48 << 10);
        assertTrue(
                driver.freeBytes() > 0 && driver.freeBytes() <= driver.device().memoryBytes());
    }

    /** More than both halves of the page-locked memory, with neighbours that must stay. */
    @ParameterizedTest
    @CsvSource({"1, 0", "4096, 12", "1048576, 4", "3000001, 8"})
    void bytesGoThereAndBack(int bytes, int shift) {
        long first = driver.allocate(bytes + 2L * shift);
        long second = driver.allocate(bytes + 2L * shift);
        ByteBuffer from = buffer(bytes + 5);
        for (int i = 0; i < bytes; i++) {
            from.put(i + 5, (byte) (i * 31 + (i >> 8)));
        }
        driver.fill(MAIN, first, (byte) 0x5a, bytes + 2L * shift);
        driver.upload(MAIN, first + shift, from.position(5));
        from.clear();
        while (from.hasRemaining()) {
            from.put((byte) 0); // allowed as soon as the upload returns
        }
        driver.copy(MAIN, second, first, bytes + 2L * shift);
        ByteBuffer to = buffer(bytes + 2 * shift + 3);
        driver.download(MAIN, to.position(3), second);
        for (int i = 0; i < bytes + 2 * shift; i++) {
            boolean inside = i >= shift && i < shift + bytes;
            int at = i - shift;
            byte expected = inside ? (byte) (at * 31 + (at >> 8)) : 0x5a;
            assertEquals(expected, to.get(3 + i), "byte " + i);
        }
        assertEquals(0, to.get(2));
        driver.free(first);
        driver.free(second);
    }

    /** y ← x + x by a product, to z by a copy; a kernel with arguments of its own; a fill. */
    @Test
    void aGraphDoesWhatWasCaptured() {
        long x = driver.allocate(16);
        long kept = driver.allocate(24);
        ByteBuffer number = buffer(4).putFloat(0, 3);
        driver.upload(MAIN, x, number);
        Driver.Kernel kernel = driver.kernel(driver.load("keep", KERNEL), "keep");
        Args args = new Args().pointer(kept).i32(-7).i64(5).f32(1.25f);
        driver.fill(MAIN, x + 4, (byte) 0, 12);
        driver.fill(MAIN, kept, (byte) 0, 24);
        driver.beginCapture(MAIN);
        driver.launch(MAIN, kernel, LaunchConfig.of(1, 1), args);
        args.clear().pointer(0).i32(0).i64(0).f32(0);
        driver.gemm(MAIN, GemmType.F32, false, false, 1, 1, 1, 2, x, 1, x, 1, 1, x + 4, 1);
        driver.copy(MAIN, x + 8, x + 4, 4);
        driver.fill(MAIN, x + 12, (byte) 1, 4);
        try (Driver.Graph graph = driver.endCapture(MAIN)) {
            assertEquals(0, download(x).getFloat(4), "the capture did its work");
            for (int times = 1; times <= 3; times++) {
                driver.launch(MAIN, graph);
                ByteBuffer result = download(x);
                assertEquals(18f * times, result.getFloat(4));
                assertEquals(18f * times, result.getFloat(8));
                assertEquals(0x01010101, result.getInt(12));
                assertEquals(-7, download(kept).getInt(0));
            }
        }
        driver.free(x);
        driver.free(kept);
    }

    private static ByteBuffer download(long from) {
        ByteBuffer to = buffer(16);
        driver.download(MAIN, to, from);
        return to;
    }

    @Test
    void whatNoGraphCanHoldIsRefused() {
        driver.beginCapture(MAIN);
        for (Executable refused : List.<Executable>of(
                () -> driver.allocate(4),
                () -> driver.synchronize(),
                () -> driver.upload(MAIN, 0, buffer(4)),
                () -> driver.download(MAIN, buffer(4), 0),
                () -> driver.beginCapture(MAIN),
                () -> driver.record(MAIN))) {
            String message = assertThrows(CudaException.class, refused).getMessage();
            assertTrue(message.endsWith("while a graph is captured"), message);
        }
        driver.endCapture(MAIN).close();
        driver.synchronize();
        assertThrows(CudaException.class, () -> driver.endCapture(MAIN));
    }

    @Test
    void aKernelGetsItsArguments() {
        int blocks = 3;
        int threads = 64;
        long memory = driver.allocate(24L * blocks * threads);
        Driver.Kernel kernel = driver.kernel(driver.load("keep", KERNEL), "keep");
        int shared = driver.device().sharedBytesPerBlock(); // as much as there is can be asked for
        Args args = new Args().pointer(memory).i32(-7).i64(1L << 40 | 5).f32(1.25f);
        driver.launch(MAIN, kernel, LaunchConfig.of(blocks, threads).withShared(shared), args);
        args.clear().pointer(0).i32(0).i64(0).f32(0); // which may be reused at once
        ByteBuffer kept = buffer(24 * blocks * threads);
        driver.download(MAIN, kept, memory);
        for (int i = 0; i < blocks * threads; i++) {
            assertEquals(-7, kept.getInt(24 * i));
            assertEquals(i / threads * 1000 + i % threads, kept.getInt(24 * i + 4));
            assertEquals(1.25f, kept.getFloat(24 * i + 8));
            assertEquals(1L << 40 | 5, kept.getLong(24 * i + 16));
        }
        driver.free(memory);
    }

    /** Small whole numbers: every type holds them and their sums exactly. */
    @ParameterizedTest
    @CsvSource({
        "F32, false, false",
        "F32, true, false",
        "F32, false, true",
        "F32, true, true",
        "TF32, true, false",
        "BF16, false, true",
        "BF16_TO_F32, true, false"
    })
    void matricesMultiplyAsCublasHasThem(GemmType type, boolean transposeA, boolean transposeB) {
        int m = 7;
        int n = 5;
        int k = 9;
        int lda = 12;
        int ldb = 10;
        int ldc = 8;
        boolean narrow = type == GemmType.BF16 || type == GemmType.BF16_TO_F32;
        boolean narrowResult = type == GemmType.BF16;
        long a = numbers(lda * 12, 5, narrow);
        long b = numbers(ldb * 12, 3, narrow);
        long c = numbers(ldc * n, 7, narrowResult);
        driver.gemm(MAIN, type, transposeA, transposeB, m, n, k, 2, a, lda, b, ldb, -1, c, ldc);
        ByteBuffer result = buffer(ldc * n * (narrowResult ? 2 : 4));
        driver.download(MAIN, result, c);
        for (int i = 0; i < ldc; i++) {
            for (int j = 0; j < n; j++) {
                int before = number(i + j * ldc, 7);
                int sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += number(transposeA ? l + i * lda : i + l * lda, 5)
                            * number(transposeB ? j + l * ldb : l + j * ldb, 3);
                }
                assertEquals(i < m ? 2 * sum - before : before, read(result, i + j * ldc, narrowResult), i + ", " + j);
            }
        }
        driver.free(a);
        driver.free(b);
        driver.free(c);
    }

    private static int number(int i, int seed) {
        return i * seed % 4 - 1;
    }

    /** bfloat16 is the upper half of a float32. */
    private static long numbers(int count, int seed, boolean narrow) {
        ByteBuffer values = buffer(count * 4);
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToIntBits(number(i, seed));
            if (narrow) {
                values.putShort((short) (bits >> 16));
            } else {
                values.putInt(bits);
            }
        }
        values.flip();
        long memory = driver.allocate(values.remaining());
        driver.upload(MAIN, memory, values);
        return memory;
    }

    private static float read(ByteBuffer values, int i, boolean narrow) {
        return narrow ? Float.intBitsToFloat(values.getShort(2 * i) << 16) : values.getFloat(4 * i);
    }

    @Test
    void aStreamWaitsForAnothersMark() {
        int bytes = 64 << 20;
        long memory = driver.allocate(2L * bytes);
        Driver.Stream other = driver.stream();
        driver.fill(MAIN, memory, (byte) 1, bytes);
        for (int i = 0; i < 50; i++) {
            driver.copy(MAIN, memory + bytes, memory, bytes);
        }
        driver.fill(MAIN, memory, (byte) 2, bytes);
        driver.await(other, driver.record(MAIN));
        ByteBuffer seen = buffer(1);
        driver.download(other, seen, memory + bytes - 1);
        assertEquals(2, seen.get(0));
        driver.free(memory);
    }

    @Test
    void droppedMarksAreUsedAgain() {
        for (int i = 0; i < 200_000; i++) {
            driver.await(MAIN, driver.record(MAIN));
        }
        driver.synchronize();
    }

    @Test
    void failuresNameTheCallAndTheStatus() {
        String broken = KERNEL.replace("%r1, [i]", "%r1, [nothing]");
        said(() -> driver.load("broken", broken), "broken.ptx", "CUDA_ERROR_INVALID_PTX", "nothing");
        Driver.Module module = driver.load("keep", KERNEL);
        said(() -> driver.kernel(module, "none"), "none in keep", "CUDA_ERROR_NOT_FOUND");
        said(() -> driver.allocate(1L << 50), "cuMemAlloc", "CUDA_ERROR_OUT_OF_MEMORY");
        Driver.Kernel kernel = driver.kernel(module, "keep");
        LaunchConfig greedy = LaunchConfig.of(1, 32).withShared(driver.device().sharedBytesPerBlock() + 4);
        Args args = new Args().pointer(0xabcL).i32(1).i64(2).f32(3);
        said(
                () -> driver.launch(MAIN, kernel, greedy, args),
                "keep<<<(1, 1, 1), (32, 1), " + greedy.sharedBytes() + ">>>(0xabc, 0x1, 0x2, 0x40400000)",
                "CUDA_ERROR_INVALID_VALUE");
        said(
                () -> driver.gemm(MAIN, GemmType.F32, false, false, 4, 4, 4, 1, 0, 2, 0, 4, 0, 0, 4),
                "cublasGemmEx(F32",
                "lda 2",
                "CUBLAS_STATUS_INVALID_VALUE");
    }

    private static void said(Runnable call, String... parts) {
        String message = assertThrows(CudaException.class, call::run).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void anotherThreadMayGoOn() throws InterruptedException {
        long memory = driver.allocate(4);
        int[] seen = new int[1];
        Thread thread = new Thread(() -> {
            driver.fill(MAIN, memory, (byte) 3, 4);
            ByteBuffer values = buffer(4);
            driver.download(MAIN, values, memory);
            seen[0] = values.getInt(0);
        });
        thread.start();
        thread.join();
        assertEquals(0x03030303, seen[0]);
        driver.free(memory);
    }
}
