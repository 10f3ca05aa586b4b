package attmask.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Soaks that were not: two hours of samples, one every ten seconds. */
class TrendsTest {
    private static final int SECONDS = 7200;

    /** After a warm-up that grows by much. */
    private static List<Sample> samples(double mbPerHour, int handlesPerHour, int seconds) {
        return samples(mbPerHour, handlesPerHour, 0, seconds);
    }

    private static List<Sample> samples(double mbPerHour, int handlesPerHour, double heapPerHour, int seconds) {
        List<Sample> samples = new ArrayList<>();
        for (int s = 0; s <= seconds; s += 10) {
            double warmUp = Math.min(s, 1000);
            double hours = s / 3600.0;
            // A client every minute, with a thread and a handle for ten seconds.
            int clients = s % 60 == 0 ? 1 : 0;
            samples.add(new Sample(
                    s,
                    300 + warmUp + mbPerHour * hours,
                    20 + clients,
                    40 + clients + (int) (handlesPerHour * hours),
                    s % 60 == 0 ? 30 + s % 7 + heapPerHour * hours : Double.NaN));
        }
        return samples;
    }

    @Test
    void flatIsNoProblem() {
        Trends trends = new Trends(samples(0.9, 0, SECONDS), SECONDS);
        // Rounding of sums of 577 products of numbers below 1301.
        assertEquals(0.9, trends.slope(Sample::residentMb).getSlope(), 1e-9);
        assertEquals(0, trends.leaked(Sample::liveMb));
        assertEquals(List.of(), trends.problems());
        assertEquals("flat", trends.verdict());
    }

    @Test
    void memoryThatGrowsIsOneIfTheSoakIsLongEnoughToTell() {
        assertEquals(
                List.of("resident memory grows by 1.20 MB an hour"),
                new Trends(samples(1.2, 0, SECONDS), SECONDS).problems());
        Trends tooShort = new Trends(samples(1.2, 0, SECONDS / 2), SECONDS / 2.0);
        assertEquals(List.of(), tooShort.problems());
        assertTrue(tooShort.verdict().contains("too short"), tooShort.verdict());
    }

    /** What is in use when it is looked at comes and goes; what is never given back stays. */
    @Test
    void heapThatStaysIsOne() {
        assertEquals(List.of(), new Trends(samples(0, 0, 0.5, SECONDS), SECONDS).problems());
        assertEquals(
                List.of("5 MB of live heap more in the last quarter than in the first"),
                new Trends(samples(0, 0, 4, SECONDS), SECONDS).problems());
    }

    @Test
    void handlesThatStayAreOne() {
        Trends trends = new Trends(samples(0, 2, SECONDS), SECONDS);
        assertEquals(List.of("3 handles more in the last quarter than in the first"), trends.problems());
        assertEquals(0, trends.leaked(Sample::threads));
    }

    @Test
    void withoutSamplesNothingIsFlat() {
        assertTrue(new Trends(List.of(), SECONDS).problems().get(0).contains("no samples"));
    }
}
