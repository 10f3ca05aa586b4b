package attmask.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What the measured calls had to do, which JMH divides by their time. Bytes are those that must be moved at least once,
 * operations those of the formulas (a function such as exp is one), whatever an implementation really does.
 */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Work {
    public double gigabytes;
    public double gigaflops;

    void add(double bytes, double operations) {
        gigabytes += bytes / 1e9;
        gigaflops += operations / 1e9;
    }
}
