package attmask.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.LossConfig;
import attmask.config.OptimizerConfig;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.util.MathArrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulesTest {
    /** The golden values are float64 from numpy; only the order of a few roundings can differ. */
    private static final double ROUNDING = 1e-12;

    @Test
    void matchesTheGoldenCase() throws IOException {
        ByteBuffer file = golden();
        int headerLength = Math.toIntExact(file.getLong());
        JsonNode header = new ObjectMapper().readTree(file.array(), Long.BYTES, headerLength);
        int data = Long.BYTES + headerLength;
        JsonNode about = header.get("__metadata__");
        Schedules schedules = fromMetadata(about);

        check(schedules.learningRate(), file, data, header.get("expect/lr"));
        check(schedules.weightDecay(), file, data, header.get("expect/weight_decay"));
        check(schedules.teacherMomentum(), file, data, header.get("expect/momentum"));
        check(schedules.teacherTemp(), file, data, header.get("expect/teacher_temp"));
        check(schedules.teacherPatchTemp(), file, data, header.get("expect/teacher_temp"));
    }

    private static ByteBuffer golden() throws IOException {
        try (InputStream in = Schedules.class.getResourceAsStream("/attmask/golden/schedule.safetensors")) {
            return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private static Schedules fromMetadata(JsonNode about) {
        OptimizerConfig optimizer = new OptimizerConfig(
                1,
                about.get("min_lr").asDouble(),
                about.get("warmup_epochs").asInt(),
                about.get("weight_decay").asDouble(),
                about.get("weight_decay_end").asDouble(),
                0,
                0,
                about.get("momentum_teacher").asDouble());
        double warmTemp = about.get("warmup_teacher_temp").asDouble();
        double temp = about.get("teacher_temp").asDouble();
        int warmEpochs = about.get("warmup_teacher_temp_epochs").asInt();
        LossConfig loss = new LossConfig(1, 1, 0.1, warmTemp, temp, warmTemp, temp, warmEpochs, 0.9);
        return Schedules.of(
                about.get("epochs").asInt(),
                about.get("steps_per_epoch").asInt(),
                about.get("lr").asDouble(),
                optimizer,
                loss);
    }

    private static void check(Schedule schedule, ByteBuffer file, int data, JsonNode tensor) {
        int start = data + tensor.get("data_offsets").get(0).asInt();
        int length = tensor.get("shape").get(0).asInt();
        assertEquals(length, schedule.length());
        for (int i = 0; i < length; i++) {
            assertEquals(file.getDouble(start + i * Double.BYTES), schedule.at(i), ROUNDING, schedule + " at " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 0", "100, 1", "100, 2", "100, 31", "7, 7", "1, 0", "1, 1"})
    void cosineRisesThenFallsWithinItsBounds(int length, int warmup) {
        Schedule schedule = new ScheduleCosine(length, warmup, 5e-4, 1e-6);
        double[] rise = values(schedule, 0, warmup);
        double[] fall = values(schedule, warmup, length);

        if (warmup > 0) {
            assertTrue(MathArrays.isMonotonic(rise, MathArrays.OrderDirection.INCREASING, true));
            assertEquals(0, rise[0]);
        }
        if (warmup > 1) {
            assertEquals(5e-4, rise[warmup - 1]);
        }
        if (fall.length > 0) {
            assertTrue(MathArrays.isMonotonic(fall, MathArrays.OrderDirection.DECREASING, true));
            assertEquals(5e-4, fall[0], 1e-18);
            assertTrue(StatUtils.min(fall) >= 1e-6);
        }
    }

    @Test
    void cosineHasNoJumps() {
        Schedule schedule = new ScheduleCosine(1000, 100, 1, 0);
        for (int i = 1; i < 1000; i++) {
            // The steepest parts: 1/99 a step in the warm-up, π/2/900 in the middle of the cosine.
            assertTrue(Math.abs(schedule.at(i) - schedule.at(i - 1)) <= 1 / 99.0 + 1e-12, "jump at " + i);
        }
    }

    @Test
    void cosineIsItsOwnMirrorImage() {
        Schedule schedule = new ScheduleCosine(1000, 0.04, 0.4);
        for (int i = 1; i < 1000; i++) {
            assertEquals(0.44, schedule.at(i) + schedule.at(1000 - i), 1e-14);
        }
        assertEquals(0.04, schedule.at(0), 1e-15);
        assertEquals(0.22, schedule.at(500), 1e-15);
    }

    @ParameterizedTest
    @CsvSource({"12, 5", "5, 30", "3, 0", "3, 1", "3, 2", "3, 3"})
    void temperatureRisesThenStays(int epochs, int warmup) {
        Schedule schedule = new ScheduleLinear(epochs, warmup, 0.04, 0.07);
        double[] all = values(schedule, 0, epochs);

        assertTrue(MathArrays.isMonotonic(all, MathArrays.OrderDirection.INCREASING, false));
        assertEquals(warmup == 0 ? 0.07 : 0.04, all[0]);
        assertEquals(epochs >= warmup ? 0.07 : 0.04 + 0.03 * (epochs - 1) / (warmup - 1), all[epochs - 1], 1e-15);
    }

    @Test
    void outsideTheRunIsAnError() {
        assertThrows(IndexOutOfBoundsException.class, () -> new ScheduleCosine(3, 0, 1).at(3));
        assertThrows(IndexOutOfBoundsException.class, () -> new ScheduleLinear(3, 1, 0, 1).at(-1));
        assertThrows(IllegalArgumentException.class, () -> new ScheduleCosine(3, 4, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new ScheduleLinear(3, -1, 1, 0));
    }

    private static double[] values(Schedule schedule, int from, int to) {
        return IntStream.range(from, to).mapToDouble(schedule::at).toArray();
    }
}
