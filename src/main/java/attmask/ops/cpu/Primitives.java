package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_sub;
import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_fpmath_mode_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_fpmath_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import attmask.config.Precision;
import attmask.ops.cpu.Primitive.Argument;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Matrix products by oneDNN, and the copies around them. For one thread at a time. */
final class Primitives {
    private final PrimitiveCache cache;
    private final Precision precision;

    /** @param precision what the factors are rounded to, inside a product; sums are float32 */
    Primitives(PrimitiveCache cache, Precision precision) {
        this.cache = cache;
        this.precision = precision;
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

        private Matrix of(int rows, int columns) {
            return new Matrix(false, rows, columns, transposed ? 1 : stride, transposed ? stride : 1);
        }
    }

    /** Numbers in memory; strides in elements. */
    record Matrix(boolean bf16, int rows, int columns, int rowStride, int columnStride) {
        /** float32, row by row without gaps. */
        static Matrix floats(int rows, int columns) {
            return new Matrix(false, rows, columns, columns, 1);
        }

        /** bfloat16, row by row without gaps. */
        static Matrix bf16(int rows, int columns) {
            return new Matrix(true, rows, columns, columns, 1);
        }

        private dnnl_memory_desc layout() {
            dnnl_memory_desc layout = new dnnl_memory_desc();
            OneDnn.check(
                    dnnl_memory_desc_create_with_strides(
                            layout, 2, new long[] {rows, columns}, bf16 ? dnnl_bf16 : dnnl_f32, new long[] {
                                rowStride, columnStride
                            }),
                    "dnnl_memory_desc_create_with_strides");
            return layout;
        }
    }

    /**
     * y (rows, columns) = a (rows, inner) · b (inner, columns) [+ bias] [+ y], y of {@code stride} elements a row. Keep
     * the number of different shapes small: each is compiled, about 1 ms, and kept.
     */
    record Product(
            int rows, int columns, int inner, Factor a, Factor b, int stride, boolean biased, boolean accumulated) {}

    /**
     * y (rows, columns) = a (rows, inner) · b (inner, columns) [+ bias] [+ y]; a is bfloat16 without gaps, b is bfloat16 in
     * the order that the library reads fastest, y float32 of {@code stride} elements a row.
     */
    record PackedProduct(int rows, int columns, int inner, int stride, boolean biased, boolean accumulated) {
        private static final int ROWS = 192;

        /** The one that says in what order b is, whatever a's rows are and what becomes of the product. */
        private static PackedProduct plain(int inner, int columns) {
            return new PackedProduct(ROWS, columns, inner, columns, false, false);
        }
    }

    /** A matrix for each head of some images; strides in elements. */
    record Batch(
            int images,
            int heads,
            int rows,
            int columns,
            int imageStride,
            int headStride,
            int rowStride,
            int columnStride) {
        Batch transposed() {
            return new Batch(images, heads, columns, rows, imageStride, headStride, columnStride, rowStride);
        }

        private dnnl_memory_desc layout() {
            dnnl_memory_desc layout = new dnnl_memory_desc();
            OneDnn.check(
                    dnnl_memory_desc_create_with_strides(
                            layout, 4, new long[] {images, heads, rows, columns}, dnnl_f32, new long[] {
                                imageStride, headStride, rowStride, columnStride
                            }),
                    "dnnl_memory_desc_create_with_strides");
            return layout;
        }
    }

    /** y = scale · a · b [+ y] for each matrix. */
    record BatchProduct(Batch a, Batch b, Batch y, float scale, boolean accumulated) {}

    private record Copy(Matrix to, Matrix from, boolean added) {}

    private record Difference(Matrix a, Matrix b) {}

    private record Packing(int inner, int columns, Matrix from) {}

    /** Arguments a, b, [bias,] y. */
    Primitive product(Product shape) {
        return cache.kept(shape, () -> compile(shape));
    }

    private Primitive compile(Product shape) {
        Matrix y = new Matrix(false, shape.rows, shape.columns, shape.stride, 1);
        dnnl_memory_desc b = shape.b.of(shape.inner, shape.columns).layout();
        Primitive product = product(
                shape.a.of(shape.rows, shape.inner).layout(), b, shape.biased, y, attributes(shape.accumulated));
        dnnl_memory_desc_destroy(b);
        return product;
    }

    /** Arguments a, b, [bias,] y. */
    Primitive product(PackedProduct shape) {
        return cache.kept(shape, () -> compile(shape));
    }

    private Primitive compile(PackedProduct shape) {
        Matrix y = new Matrix(false, shape.rows, shape.columns, shape.stride, 1);
        dnnl_memory_desc a = Matrix.bf16(shape.rows, shape.inner).layout();
        PackedProduct plain = PackedProduct.plain(shape.inner, shape.columns);
        if (!shape.equals(plain)) {
            return product(a, product(plain).layout(1), shape.biased, y, attributes(shape.accumulated));
        }
        dnnl_memory_desc any = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_tag(
                        any, 2, new long[] {shape.inner, shape.columns}, dnnl_bf16, dnnl_format_tag_any),
                "dnnl_memory_desc_create_with_tag");
        Primitive product = product(a, any, false, y, attributes(false));
        dnnl_memory_desc_destroy(any);
        return product;
    }

    /** Destroys {@code a} and {@code attributes}. */
    private Primitive product(
            dnnl_memory_desc a, dnnl_memory_desc b, boolean biased, Matrix result, dnnl_primitive_attr attributes) {
        dnnl_memory_desc y = result.layout();
        dnnl_memory_desc bias = biased ? Matrix.floats(1, result.columns).layout() : null;
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_matmul_primitive_desc_create(plan, cache.engine(), a, b, bias, y, attributes),
                "matmul to " + result);
        List<Argument> arguments = new ArrayList<>();
        arguments.add(new Argument(DNNL_ARG_SRC, a));
        arguments.add(new Argument(
                DNNL_ARG_WEIGHTS, new dnnl_memory_desc(dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0))));
        if (bias != null) {
            arguments.add(new Argument(DNNL_ARG_BIAS, bias));
        }
        arguments.add(new Argument(DNNL_ARG_DST, y));
        Primitive primitive = cache.primitive(plan, attributes, arguments);
        dnnl_memory_desc_destroy(a);
        dnnl_memory_desc_destroy(y);
        if (bias != null) {
            dnnl_memory_desc_destroy(bias);
        }
        return primitive;
    }

    /** Arguments a, b, y; float32, whatever the precision. */
    Primitive product(BatchProduct shape) {
        return cache.kept(shape, () -> compile(shape));
    }

    private Primitive compile(BatchProduct shape) {
        dnnl_memory_desc a = shape.a.layout();
        dnnl_memory_desc b = shape.b.layout();
        dnnl_memory_desc y = shape.y.layout();
        dnnl_primitive_attr attributes = PrimitiveCache.attributes();
        after(attributes, shape.scale, shape.accumulated);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_matmul_primitive_desc_create(plan, cache.engine(), a, b, null, y, attributes), "matmul of heads");
        Primitive product = cache.primitive(
                plan,
                attributes,
                List.of(
                        new Argument(DNNL_ARG_SRC, a),
                        new Argument(DNNL_ARG_WEIGHTS, b),
                        new Argument(DNNL_ARG_DST, y)));
        List.of(a, b, y).forEach(layout -> dnnl_memory_desc_destroy(layout));
        return product;
    }

    /**
     * Arguments: plain bfloat16 b (inner, columns); b as a {@link PackedProduct} wants it.
     *
     * @param room bytes that there are for it
     */
    Primitive packing(int inner, int columns, Matrix from, long room) {
        return cache.kept(new Packing(inner, columns, from), () -> {
            dnnl_memory_desc packed =
                    product(PackedProduct.plain(inner, columns)).layout(1);
            if (dnnl_memory_desc_get_size(packed) > room) {
                throw new IllegalStateException("oneDNN takes more than " + room + " bytes for " + from);
            }
            dnnl_memory_desc plain = from.layout();
            Primitive packing = reorder(plain, packed, false);
            dnnl_memory_desc_destroy(plain);
            return packing;
        });
    }

    /** Arguments {@code from}, {@code to}; what is not held exactly is rounded to the nearest. */
    Primitive copy(Matrix to, Matrix from) {
        return copy(new Copy(to, from, false));
    }

    /** Arguments {@code from}, {@code to}: to ← to + from. */
    Primitive sum(Matrix to, Matrix from) {
        return copy(new Copy(to, from, true));
    }

    private Primitive copy(Copy shape) {
        return cache.kept(shape, () -> {
            dnnl_memory_desc source = shape.from.layout();
            dnnl_memory_desc target = shape.to.layout();
            Primitive copy = reorder(source, target, shape.added);
            dnnl_memory_desc_destroy(source);
            dnnl_memory_desc_destroy(target);
            return copy;
        });
    }

    private Primitive reorder(dnnl_memory_desc from, dnnl_memory_desc to, boolean added) {
        dnnl_primitive_attr attributes = attributes(added);
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        OneDnn.check(
                dnnl_reorder_primitive_desc_create(plan, from, cache.engine(), to, cache.engine(), attributes),
                "dnnl_reorder_primitive_desc_create");
        return cache.primitive(
                plan, attributes, List.of(new Argument(DNNL_ARG_FROM, from), new Argument(DNNL_ARG_TO, to)));
    }

    /** Arguments a, b, c: c ← a − b, c float32; of the same size and without gaps. */
    Primitive difference(Matrix a, Matrix b) {
        return cache.kept(new Difference(a, b), () -> {
            dnnl_memory_desc from = a.layout();
            dnnl_memory_desc subtracted = b.layout();
            dnnl_primitive_attr attributes = attributes(false);
            dnnl_primitive_desc plan = new dnnl_primitive_desc();
            OneDnn.check(
                    dnnl_binary_primitive_desc_create(
                            plan, cache.engine(), dnnl_binary_sub, from, subtracted, from, attributes),
                    "dnnl_binary_primitive_desc_create");
            Primitive difference = cache.primitive(
                    plan,
                    attributes,
                    List.of(
                            new Argument(DNNL_ARG_SRC_0, from),
                            new Argument(DNNL_ARG_SRC_1, subtracted),
                            new Argument(DNNL_ARG_DST, from)));
            dnnl_memory_desc_destroy(from);
            dnnl_memory_desc_destroy(subtracted);
            return difference;
        });
    }

    private dnnl_primitive_attr attributes(boolean accumulated) {
        dnnl_primitive_attr attributes = PrimitiveCache.attributes();
        if (precision == Precision.BF16) {
            dnnl_primitive_attr_set_fpmath_mode(attributes, dnnl_fpmath_mode_bf16);
        }
        after(attributes, 1, accumulated);
        return attributes;
    }

    /** What becomes of a product before it is written. */
    private static void after(dnnl_primitive_attr attributes, float scale, boolean accumulated) {
        dnnl_post_ops steps = new dnnl_post_ops();
        OneDnn.check(dnnl_post_ops_create(steps), "dnnl_post_ops_create");
        if (scale != 1) {
            OneDnn.check(
                    dnnl_post_ops_append_eltwise(steps, dnnl_eltwise_linear, scale, 0), "dnnl_post_ops_append_eltwise");
        }
        if (accumulated) {
            OneDnn.check(dnnl_post_ops_append_sum(steps, 1f, 0, dnnl_data_type_undef), "dnnl_post_ops_append_sum");
        }
        OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, steps), "dnnl_primitive_attr_set_post_ops");
        dnnl_post_ops_destroy(steps);
    }
}
