package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import attmask.cuda.Driver;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/** Marks in streams. The driver's events are used again once nobody holds the mark any more. */
final class Events implements AutoCloseable {
    private final ReferenceQueue<Mark> dropped = new ReferenceQueue<>();
    private final Set<Held> held = new HashSet<>();

    Driver.Event record(CUstream stream) {
        CUevent event = unused();
        Mark mark = new Mark(event);
        held.add(new Held(mark, dropped));
        Status.check(cuEventRecord(event, stream), "cuEventRecord");
        return mark;
    }

    /** A stream that waits for an event waits for what was recorded before, so a dropped one may be recorded anew. */
    private CUevent unused() {
        Reference<? extends Mark> last = dropped.poll();
        if (last instanceof Held) {
            held.remove(last);
            return ((Held) last).event;
        }
        CUevent event = new CUevent();
        Status.check(cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
        return event;
    }

    @Override
    public void close() {
        for (Held each : held) {
            cuEventDestroy(each.event);
        }
    }

    /** What the driver hands out. */
    static final class Mark implements Driver.Event {
        final CUevent event;

        Mark(CUevent event) {
            this.event = event;
        }
    }

    private static final class Held extends PhantomReference<Mark> {
        private final CUevent event;

        Held(Mark mark, ReferenceQueue<Mark> queue) {
            super(mark, queue);
            event = mark.event;
        }
    }
}
