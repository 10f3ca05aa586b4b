package attmask.ptx;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import java.util.ArrayList;
import java.util.List;

/**
 * The capture of a stream: work with the arguments that it had is kept for a graph and not done. What no graph can hold
 * is refused, and as in CUDA the capture is then lost.
 */
final class Capture {
    private Driver.Stream captured;
    private List<Runnable> work;
    private String broken;

    private static final class Kept implements Driver.Graph {
        private final List<Runnable> work;
        private boolean closed;

        Kept(List<Runnable> work) {
            this.work = List.copyOf(work);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    void begin(Driver.Stream stream) {
        refuse("beginCapture");
        captured = stream;
        work = new ArrayList<>();
        broken = null;
    }

    /** Fails while a stream is captured. */
    void refuse(String what) {
        if (captured != null) {
            broken = what;
            throw new CudaException(what + " while a graph is captured");
        }
    }

    /** True if the work is kept rather than to be done. */
    boolean takes(Driver.Stream stream, Runnable each) {
        if (captured == null) {
            return false;
        }
        if (stream != captured) {
            refuse("work of " + stream);
        }
        work.add(each);
        return true;
    }

    Driver.Graph end(Driver.Stream stream) {
        if (stream != captured) {
            throw new CudaException("endCapture of " + stream + " without beginCapture");
        }
        captured = null;
        if (broken != null) {
            throw new CudaException("endCapture: the capture was lost by " + broken);
        }
        return new Kept(work);
    }

    static Runnable work(Driver.Graph graph) {
        Kept kept = (Kept) graph;
        if (kept.closed) {
            throw new CudaException("launch of a graph that was closed");
        }
        return () -> kept.work.forEach(Runnable::run);
    }
}
