package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import attmask.ops.cpu.Primitive.Argument;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * What oneDNN computes of rows that lie one after the other in native memory. For one thread at a time. Each number of rows is compiled by itself, in some 0.1 ms: {@link #pieces} keeps them few.
 */
final class RowPrimitives {
    private static final int AFFINE = dnnl_use_scale | dnnl_use_shift;

    private final PrimitiveCache cache;

    private enum Kind {
        NORM,
        NORM_BACKWARD,
        SOFTMAX,
        SOFTMAX_BACKWARD,
        GELU,
        GELU_BACKWARD
    }

    private record Shape(Kind kind, int rows, int width, float epsilon) {}

    /** Work on rows {@code from .. from+count-1}. */
    interface Piece {
        void run(int from, int count);
    }

    RowPrimitives(PrimitiveCache cache) {
        this.cache = cache;
    }

    /** Cuts rows {@code from .. from+count-1} into the fewest pieces that have a power of two of rows each. */
    static void pieces(int from, int count, Piece work) {
        int done = 0;
        while (done < count) {
            int size = Integer.highestOneBit(count - done);
            work.run(from + done, size);
            done += size;
        }
    }

    /** Layer normalisation: arguments x, gamma, beta, y, mean and variance (rows). */
    Primitive norm(int rows, int width, float epsilon) {
        return compiled(Kind.NORM, rows, width, epsilon);
    }

    /**
     * Its gradients, from these rows alone: arguments x, dy, mean and variance (rows), ε included, gamma, dx, dgamma, dbeta.
     */
    Primitive normBackward(int rows, int width) {
        return compiled(Kind.NORM_BACKWARD, rows, width, 0);
    }

    /** Softmax of each row: arguments x and y, which may be x. */
    Primitive softmax(int rows, int width) {
        return compiled(Kind.SOFTMAX, rows, width, 0);
    }

    /** Its gradient: arguments y, dy, and dx, which may be dy. */
    Primitive softmaxBackward(int rows, int width) {
        return compiled(Kind.SOFTMAX_BACKWARD, rows, width, 0);
    }

    /** Exact GELU of each number: arguments x and y. */
    Primitive gelu(int count) {
        return compiled(Kind.GELU, 1, count, 0);
    }

    /** Times its derivative: arguments x, dy, and dx, which may be dy. */
    Primitive geluBackward(int count) {
        return compiled(Kind.GELU_BACKWARD, 1, count, 0);
    }

    private Primitive compiled(Kind kind, int rows, int width, float epsilon) {
        Shape shape = new Shape(kind, rows, width, epsilon);
        return cache.kept(shape, () -> compile(shape));
    }

    private Primitive compile(Shape shape) {
        dnnl_memory_desc x = layout(shape.rows, shape.width);
        dnnl_memory_desc perRow = layout(shape.rows);
        dnnl_memory_desc perColumn = layout(shape.width);
        dnnl_primitive_attr attributes = PrimitiveCache.attributes();
        Primitive primitive =
                switch (shape.kind) {
                    case NORM -> norm(x, perRow, perColumn, shape.epsilon, attributes);
                    case NORM_BACKWARD -> normBackward(x, perRow, perColumn, attributes);
                    case SOFTMAX -> softmax(x, attributes);
                    case SOFTMAX_BACKWARD -> softmaxBackward(x, attributes);
                    case GELU -> gelu(x, attributes);
                    case GELU_BACKWARD -> geluBackward(x, attributes);
                };
        List.of(x, perRow, perColumn).forEach(layout -> dnnl_memory_desc_destroy(layout));
        return primitive;
    }

    private Primitive norm(
            dnnl_memory_desc x,
            dnnl_memory_desc perRow,
            dnnl_memory_desc perColumn,
            float epsilon,
            dnnl_primitive_attr attributes) {
        return primitive(
                normPlan(x, perRow, epsilon, attributes),
                attributes,
                new Argument(DNNL_ARG_SRC, x),
                new Argument(DNNL_ARG_SCALE, perColumn),
                new Argument(DNNL_ARG_SHIFT, perColumn),
                new Argument(DNNL_ARG_DST, x),
                new Argument(DNNL_ARG_MEAN, perRow),
                new Argument(DNNL_ARG_VARIANCE, perRow));
    }

    private Primitive normBackward(
            dnnl_memory_desc x, dnnl_memory_desc perRow, dnnl_memory_desc perColumn, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc forward = normPlan(x, perRow, 0, attributes);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_layer_normalization_backward_primitive_desc_create(
                        plan, cache.engine(), dnnl_backward, x, x, x, perRow, 0, AFFINE, forward, attributes),
                "layer normalization backward");
        dnnl_primitive_desc_destroy(forward);
        return primitive(
                plan,
                attributes,
                new Argument(DNNL_ARG_SRC, x),
                new Argument(DNNL_ARG_DIFF_DST, x),
                new Argument(DNNL_ARG_MEAN, perRow),
                new Argument(DNNL_ARG_VARIANCE, perRow),
                new Argument(DNNL_ARG_SCALE, perColumn),
                new Argument(DNNL_ARG_DIFF_SRC, x),
                new Argument(DNNL_ARG_DIFF_SCALE, perColumn),
                new Argument(DNNL_ARG_DIFF_SHIFT, perColumn));
    }

    private dnnl_primitive_desc normPlan(
            dnnl_memory_desc x, dnnl_memory_desc perRow, float epsilon, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_layer_normalization_forward_primitive_desc_create(
                        plan, cache.engine(), dnnl_forward_training, x, x, perRow, epsilon, AFFINE, attributes),
                "layer normalization");
        return plan;
    }

    private Primitive softmax(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        return forward(softmaxPlan(x, attributes), x, attributes);
    }

    private Primitive softmaxBackward(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc forward = softmaxPlan(x, attributes);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_softmax_backward_primitive_desc_create(
                        plan, cache.engine(), dnnl_softmax_accurate, x, x, x, 1, forward, attributes),
                "softmax backward");
        dnnl_primitive_desc_destroy(forward);
        return backward(plan, DNNL_ARG_DST, x, attributes);
    }

    private dnnl_primitive_desc softmaxPlan(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_softmax_forward_primitive_desc_create(
                        plan, cache.engine(), dnnl_forward_training, dnnl_softmax_accurate, x, x, 1, attributes),
                "softmax");
        return plan;
    }

    private Primitive gelu(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        return forward(geluPlan(x, attributes), x, attributes);
    }

    private Primitive geluBackward(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc forward = geluPlan(x, attributes);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_eltwise_backward_primitive_desc_create(
                        plan, cache.engine(), dnnl_eltwise_gelu_erf, x, x, x, 0, 0, forward, attributes),
                "eltwise backward");
        dnnl_primitive_desc_destroy(forward);
        return backward(plan, DNNL_ARG_SRC, x, attributes);
    }

    private dnnl_primitive_desc geluPlan(dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_eltwise_forward_primitive_desc_create(
                        plan, cache.engine(), dnnl_forward_training, dnnl_eltwise_gelu_erf, x, x, 0, 0, attributes),
                "eltwise");
        return plan;
    }

    private Primitive forward(dnnl_primitive_desc plan, dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        return primitive(plan, attributes, new Argument(DNNL_ARG_SRC, x), new Argument(DNNL_ARG_DST, x));
    }

    /** @param saved what of forward it reads: its x, SRC, or its y, DST */
    private Primitive backward(
            dnnl_primitive_desc plan, int saved, dnnl_memory_desc x, dnnl_primitive_attr attributes) {
        return primitive(
                plan,
                attributes,
                new Argument(saved, x),
                new Argument(DNNL_ARG_DIFF_DST, x),
                new Argument(DNNL_ARG_DIFF_SRC, x));
    }

    private Primitive primitive(dnnl_primitive_desc plan, dnnl_primitive_attr attributes, Argument... arguments) {
        return cache.primitive(plan, attributes, List.of(arguments));
    }

    /** Row-major and without gaps. */
    private static dnnl_memory_desc layout(int... dims) {
        long[] sizes = new long[dims.length];
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            sizes[i] = dims[i];
            strides[i] = stride;
            stride *= dims[i];
        }
        dnnl_memory_desc layout = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_strides(layout, dims.length, sizes, dnnl_f32, strides),
                "dnnl_memory_desc_create_with_strides");
        return layout;
    }
}
