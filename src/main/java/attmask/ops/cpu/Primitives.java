package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_fpmath_mode_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_fpmath_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import attmask.config.Precision;
import attmask.ops.cpu.Primitive.Argument;
import attmask.ops.cpu.Primitive.Scratchpad;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** Products that oneDNN compiled for their shapes, at first use, and kept. For one thread at a time. */
final class Primitives implements AutoCloseable {
    private final Precision precision;
    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();
    private final Scratchpad scratchpad = new Scratchpad();
    private final Map<Product, Primitive> products = new HashMap<>();

    /** @param precision what the factors are rounded to, inside a product; sums are float32 */
    Primitives(Precision precision) {
        this.precision = precision;
        OneDnn.check(dnnl_engine_create(engine, dnnl_cpu, 0), "dnnl_engine_create");
        OneDnn.check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags), "dnnl_stream_create");
    }

    /**
     * A row-major factor.
     *
     * @param transposed whether memory holds its transpose
     * @param stride elements from one row in memory to the next
     */
    record Factor(boolean transposed, int stride) {
        static Factor plain(int stride) {
            return new Factor(false, stride);
        }

        static Factor transposed(int stride) {
            return new Factor(true, stride);
        }

        private dnnl_memory_desc layout(int rows, int columns) {
            return Primitives.layout(rows, columns, transposed ? 1 : stride, transposed ? stride : 1);
        }
    }

    /**
     * y (rows, columns) = a (rows, inner) · b (inner, columns) [+ bias] [+ y], y of {@code stride} elements a row. Keep
     * the number of different shapes small: each is compiled, about 1 ms, and kept.
     */
    record Product(
            int rows, int columns, int inner, Factor a, Factor b, int stride, boolean biased, boolean accumulated) {}

    /** Arguments a, b, [bias,] y. */
    Primitive product(Product shape) {
        return products.computeIfAbsent(shape, this::compile);
    }

    private Primitive compile(Product shape) {
        List<Argument> arguments = new ArrayList<>();
        arguments.add(new Argument(DNNL_ARG_SRC, shape.a.layout(shape.rows, shape.inner)));
        arguments.add(new Argument(DNNL_ARG_WEIGHTS, shape.b.layout(shape.inner, shape.columns)));
        dnnl_memory_desc bias = shape.biased ? layout(1, shape.columns, shape.columns, 1) : null;
        if (bias != null) {
            arguments.add(new Argument(DNNL_ARG_BIAS, bias));
        }
        dnnl_memory_desc y = layout(shape.rows, shape.columns, shape.stride, 1);
        arguments.add(new Argument(DNNL_ARG_DST, y));
        dnnl_primitive_attr attributes = attributes(shape.accumulated);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_matmul_primitive_desc_create(
                        plan,
                        engine,
                        arguments.get(0).layout(),
                        arguments.get(1).layout(),
                        bias,
                        y,
                        attributes),
                "matmul " + shape);
        Primitive primitive = new Primitive(engine, stream, plan, scratchpad, arguments);
        dnnl_primitive_desc_destroy(plan);
        dnnl_primitive_attr_destroy(attributes);
        arguments.forEach(argument -> dnnl_memory_desc_destroy(argument.layout()));
        return primitive;
    }

    private dnnl_primitive_attr attributes(boolean accumulated) {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        OneDnn.check(dnnl_primitive_attr_create(attributes), "dnnl_primitive_attr_create");
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
        if (precision == Precision.BF16) {
            dnnl_primitive_attr_set_fpmath_mode(attributes, dnnl_fpmath_mode_bf16);
        }
        if (accumulated) {
            dnnl_post_ops sum = new dnnl_post_ops();
            OneDnn.check(dnnl_post_ops_create(sum), "dnnl_post_ops_create");
            dnnl_post_ops_append_sum(sum, 1f, 0, dnnl_f32);
            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, sum), "dnnl_primitive_attr_set_post_ops");
            dnnl_post_ops_destroy(sum);
        }
        return attributes;
    }

    private static dnnl_memory_desc layout(int rows, int columns, int rowStride, int columnStride) {
        dnnl_memory_desc layout = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_strides(
                        layout, 2, new long[] {rows, columns}, dnnl_f32, new long[] {rowStride, columnStride}),
                "dnnl_memory_desc_create_with_strides");
        return layout;
    }

    @Override
    public void close() {
        products.values().forEach(Primitive::close);
        scratchpad.close();
        dnnl_stream_destroy(stream);
        dnnl_engine_destroy(engine);
    }
}
