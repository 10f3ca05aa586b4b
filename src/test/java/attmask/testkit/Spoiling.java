package attmask.testkit;

import attmask.ops.Backend;
import attmask.ops.ClipGradients;
import attmask.ops.Segment;
import attmask.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Backends that meddle with what is not finite. */
public final class Spoiling {
    /** What {@link #gradients} spoils. */
    public static final String TENSOR = "patch_embed.proj.bias";

    private Spoiling() {}

    /** Spoils the gradients of the given steps, counted from 1, before they are clipped. */
    public static Backend gradients(Backend backend, Set<Integer> steps) {
        ClipGradients op = new ClipGradients() {
            private int step;

            @Override
            protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
                // Without clipping it is no step that is measured.
                if (max > 0 && steps.contains(++step)) {
                    backend.write(gradients.slice(segments.get(3).offset(), 1), new float[] {Float.NaN}, 0);
                }
                backend.clipGradients().apply(gradients, norms, segments, max);
            }
        };
        return with(backend, op);
    }

    /** Spoils nothing, and counts how often parameters are looked through for what is not finite. */
    public static Backend counting(Backend backend, AtomicInteger looks) {
        return with(backend, new ClipGradients() {
            @Override
            protected void compute(Tensor gradients, Tensor norms, List<Segment> segments, double max) {
                if (max <= 0) {
                    looks.incrementAndGet();
                }
                backend.clipGradients().apply(gradients, norms, segments, max);
            }
        });
    }

    private static Backend with(Backend backend, ClipGradients op) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("clipGradients")) {
                        return op;
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
