package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import attmask.ops.cpu.Primitive.Argument;
import attmask.ops.cpu.Primitive.Scratchpad;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** One thread's oneDNN: operations are compiled for their shapes at first use and kept. */
final class PrimitiveCache implements AutoCloseable {
    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();
    private final Scratchpad scratchpad = new Scratchpad();
    private final Map<Record, Primitive> compiled = new HashMap<>();

    PrimitiveCache() {
        OneDnn.check(dnnl_engine_create(engine, dnnl_cpu, 0), "dnnl_engine_create");
        OneDnn.check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags), "dnnl_stream_create");
    }

    dnnl_engine engine() {
        return engine;
    }

    /** The operation of that shape; compiling one may ask for another. */
    Primitive kept(Record shape, Supplier<Primitive> compile) {
        Primitive primitive = compiled.get(shape);
        if (primitive == null) {
            primitive = compile.get();
            compiled.put(shape, primitive);
        }
        return primitive;
    }

    /** What {@link #primitive} asks of a plan: that its working memory is the caller's. */
    static dnnl_primitive_attr attributes() {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        OneDnn.check(dnnl_primitive_attr_create(attributes), "dnnl_primitive_attr_create");
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
        return attributes;
    }

    /** Compiles a plan; destroys it, and the attributes that it was made with. */
    Primitive primitive(dnnl_primitive_desc plan, dnnl_primitive_attr attributes, List<Argument> arguments) {
        Primitive primitive = new Primitive(engine, stream, plan, scratchpad, arguments);
        dnnl_primitive_desc_destroy(plan);
        dnnl_primitive_attr_destroy(attributes);
        return primitive;
    }

    @Override
    public void close() {
        compiled.values().forEach(Primitive::close);
        scratchpad.close();
        dnnl_stream_destroy(stream);
        dnnl_engine_destroy(engine);
    }
}
