package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import attmask.ops.cpu.Primitive.Argument;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** oneDNN operations beyond plain products, compiled at first use and kept. For one thread at a time. */
final class Primitives implements AutoCloseable {

    private static final int CHUNK = Workers.CHUNK;

    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();
    private final dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    private final Map<Product, Primitive> products = new HashMap<>();
    private Primitive geluBackward;

    Primitives() {
        OneDnn.check(dnnl_engine_create(engine, dnnl_cpu, 0), "dnnl_engine_create");
        OneDnn.check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags), "dnnl_stream_create");
        OneDnn.check(dnnl_primitive_attr_create(attributes), "dnnl_primitive_attr_create");
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    }

    /**
     * y (rows, columns) = x (rows, inner) · wᵀ + bias, w (columns, inner), y of {@code stride} elements a row. Keep the
     * number of different shapes small: each is compiled, about 1 ms, and kept.
     */
    record Product(int rows, int columns, int inner, int stride) {}

    /** Arguments x, w, bias, y. */
    Primitive product(Product shape) {
        return products.computeIfAbsent(shape, this::compile);
    }

    private Primitive compile(Product shape) {
        dnnl_memory_desc x = layout(new long[] {shape.rows, shape.inner}, shape.inner, 1);
        dnnl_memory_desc w = layout(new long[] {shape.inner, shape.columns}, 1, shape.inner);
        dnnl_memory_desc bias = layout(new long[] {1, shape.columns}, shape.columns, 1);
        dnnl_memory_desc y = layout(new long[] {shape.rows, shape.columns}, shape.stride, 1);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(dnnl_matmul_primitive_desc_create(plan, engine, x, w, bias, y, attributes), "matmul " + shape);
        return create(
                plan,
                new Argument(DNNL_ARG_SRC, x),
                new Argument(DNNL_ARG_WEIGHTS, w),
                new Argument(DNNL_ARG_BIAS, bias),
                new Argument(DNNL_ARG_DST, y));
    }

    private dnnl_primitive_desc geluPlan(dnnl_memory_desc flat) {
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_eltwise_forward_primitive_desc_create(
                        plan, engine, dnnl_forward_training, dnnl_eltwise_gelu_erf, flat, flat, 0f, 0f, attributes),
                "gelu forward");
        return plan;
    }

    /** Arguments x, dy, dx: {@link Workers#CHUNK} elements each; dx may be dy. */
    Primitive geluBackward() {
        if (geluBackward == null) {
            dnnl_memory_desc flat = layout(new long[] {CHUNK}, 1);
            dnnl_primitive_desc forward = geluPlan(flat);
            dnnl_primitive_desc plan = new dnnl_primitive_desc();
            OneDnn.check(
                    dnnl_eltwise_backward_primitive_desc_create(
                            plan, engine, dnnl_eltwise_gelu_erf, flat, flat, flat, 0f, 0f, forward, attributes),
                    "gelu backward");
            dnnl_primitive_desc_destroy(forward);
            geluBackward = create(
                    plan,
                    new Argument(DNNL_ARG_SRC, flat),
                    new Argument(DNNL_ARG_DIFF_DST, flat),
                    new Argument(DNNL_ARG_DIFF_SRC, flat));
        }
        return geluBackward;
    }

    private static dnnl_memory_desc layout(long[] sizes, long... strides) {
        dnnl_memory_desc layout = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_strides(layout, sizes.length, sizes, dnnl_f32, strides),
                "dnnl_memory_desc_create_with_strides");
        return layout;
    }

    private Primitive create(dnnl_primitive_desc plan, Argument... arguments) {
        Primitive primitive = new Primitive(engine, stream, plan, List.of(arguments));
        dnnl_primitive_desc_destroy(plan);
        List.of(arguments).stream()
                .map(Argument::layout)
                .distinct()
                .forEach(layout -> dnnl_memory_desc_destroy(layout));
        return primitive;
    }

    @Override
    public void close() {
        products.values().forEach(Primitive::close);
        if (geluBackward != null) {
            geluBackward.close();
        }
        dnnl_primitive_attr_destroy(attributes);
        dnnl_stream_destroy(stream);
        dnnl_engine_destroy(engine);
    }
}
