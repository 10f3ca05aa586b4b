package attmask.ptx;

import attmask.cuda.Args;
import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A driver with the kernels of one test module, {@code src/test/resources/ptx/NAME.ptx}, for tests to write briefly. */
final class TestDevice {
    final EmulatedDriver driver;
    final List<LaunchReport> reports;
    private final Driver.Module module;

    TestDevice(String module) {
        this(module, Adversary.NONE);
    }

    TestDevice(String module, Adversary adversary) {
        driver = new EmulatedDriver(adversary);
        reports = driver.reports();
        this.module = driver.load(module, text(module));
    }

    static String text(String module) {
        try (InputStream in = TestDevice.class.getResourceAsStream("/ptx/" + module + ".ptx")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Device memory of these bytes that nobody wrote. */
    long raw(long bytes) {
        return driver.allocate(bytes);
    }

    long zeros(long bytes) {
        long address = driver.allocate(bytes);
        driver.fill(Driver.Stream.MAIN, address, (byte) 0, bytes);
        return address;
    }

    long floats(float... values) {
        long address = driver.allocate(4L * values.length);
        ByteBuffer buffer = buffer(4 * values.length);
        buffer.asFloatBuffer().put(values);
        driver.upload(Driver.Stream.MAIN, address, buffer);
        return address;
    }

    long ints(int... values) {
        long address = driver.allocate(4L * values.length);
        ByteBuffer buffer = buffer(4 * values.length);
        buffer.asIntBuffer().put(values);
        driver.upload(Driver.Stream.MAIN, address, buffer);
        return address;
    }

    /** first, first + 1, ... */
    long counting(float first, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = first + i;
        }
        return floats(values);
    }

    float[] floats(long address, int count) {
        ByteBuffer buffer = buffer(4 * count);
        driver.download(Driver.Stream.MAIN, buffer, address);
        float[] values = new float[count];
        buffer.asFloatBuffer().get(values);
        return values;
    }

    int[] ints(long address, int count) {
        ByteBuffer buffer = buffer(4 * count);
        driver.download(Driver.Stream.MAIN, buffer, address);
        int[] values = new int[count];
        buffer.asIntBuffer().get(values);
        return values;
    }

    /** @param arguments Long for pointers, Integer, Float */
    void launch(String kernel, LaunchConfig config, Object... arguments) {
        Args args = new Args();
        for (Object argument : arguments) {
            if (argument instanceof Long pointer) {
                args.pointer(pointer);
            } else if (argument instanceof Integer number) {
                args.i32(number);
            } else {
                args.f32((Float) argument);
            }
        }
        driver.launch(Driver.Stream.MAIN, driver.kernel(module, kernel), config, args);
    }

    void launch(String kernel, int grid, int block, Object... arguments) {
        launch(kernel, LaunchConfig.of(grid, block), arguments);
    }

    LaunchReport last() {
        return reports.get(reports.size() - 1);
    }
}
