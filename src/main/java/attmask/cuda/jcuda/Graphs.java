package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import java.util.HashSet;
import java.util.Set;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;

/**
 * Graphs made by capturing a stream. While it is captured nothing else may be asked for: CUDA would refuse some of it
 * and quietly take the rest into the graph, such as a copy from memory of the host that is used again.
 */
final class Graphs implements AutoCloseable {
    private final Set<Executable> made = new HashSet<>();
    private CUstream capturing;

    /** @throws CudaException while a stream is captured */
    void refuse(String what) {
        if (capturing != null) {
            throw new CudaException(what + " while a graph is captured");
        }
    }

    void begin(CUstream stream) {
        refuse("beginCapture");
        int mode = CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        Status.check(cuStreamBeginCapture(stream, mode), "cuStreamBeginCapture");
        capturing = stream;
    }

    Driver.Graph end(CUstream stream) {
        if (capturing == null) {
            throw new CudaException("endCapture without beginCapture");
        }
        capturing = null;
        CUgraph graph = new CUgraph();
        Status.check(cuStreamEndCapture(stream, graph), "cuStreamEndCapture");
        try {
            CUgraphExec executable = new CUgraphExec();
            Status.check(cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
            Executable result = new Executable(executable);
            made.add(result);
            return result;
        } finally {
            cuGraphDestroy(graph);
        }
    }

    void launch(CUstream stream, Driver.Graph graph) {
        refuse("launch of a graph");
        Status.check(cuGraphLaunch(((Executable) graph).handle, stream), "cuGraphLaunch");
    }

    /** The context must be current, and all work done. */
    @Override
    public void close() {
        made.forEach(each -> cuGraphExecDestroy(each.handle));
        made.clear();
    }

    private final class Executable implements Driver.Graph {
        private final CUgraphExec handle;

        Executable(CUgraphExec handle) {
            this.handle = handle;
        }

        @Override
        public void close() {
            if (made.remove(this)) {
                cuCtxSynchronize();
                cuGraphExecDestroy(handle);
            }
        }
    }
}
