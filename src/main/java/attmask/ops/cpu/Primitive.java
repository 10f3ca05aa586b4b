package attmask.ops.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_get_memory_desc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;

import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/** An operation that oneDNN compiled for fixed shapes, with its arguments. For one thread at a time. */
final class Primitive implements AutoCloseable {
    private final dnnl_primitive primitive = new dnnl_primitive();
    private final dnnl_stream stream;
    private final dnnl_memory[] memories;
    private final dnnl_exec_arg_t list;
    private final Scratchpad scratchpad;
    private final Operand operand = new Operand();

    /** An argument: one of oneDNN's DNNL_ARG constants, and the layout. */
    record Argument(int role, dnnl_memory_desc layout) {}

    /**
     * Working memory of all that one thread runs, as large as the neediest wants it. The library's own would belong to
     * the thread that compiles, not to the one that runs.
     */
    static final class Scratchpad implements AutoCloseable {
        private NativeMemory memory = new NativeMemory(1);

        @Override
        public void close() {
            memory.close();
        }
    }

    Primitive(
            dnnl_engine engine,
            dnnl_stream stream,
            dnnl_primitive_desc plan,
            Scratchpad scratchpad,
            List<Argument> arguments) {
        this.stream = stream;
        this.scratchpad = scratchpad;
        OneDnn.check(dnnl_primitive_create(primitive, plan), "dnnl_primitive_create");
        dnnl_memory_desc scratchpadLayout =
                new dnnl_memory_desc(dnnl_primitive_desc_query_md(plan, dnnl_query_scratchpad_md, 0));
        scratchpad.memory = scratchpad.memory.atLeast(dnnl_memory_desc_get_size(scratchpadLayout));
        memories = new dnnl_memory[arguments.size() + 1];
        list = new dnnl_exec_arg_t(memories.length);
        for (int i = 0; i < arguments.size(); i++) {
            add(i, engine, arguments.get(i), new Operand());
        }
        add(arguments.size(), engine, new Argument(DNNL_ARG_SCRATCHPAD, scratchpadLayout), new Operand());
        list.position(0);
    }

    private void add(int i, dnnl_engine engine, Argument argument, Pointer data) {
        memories[i] = new dnnl_memory();
        OneDnn.check(dnnl_memory_create(memories[i], argument.layout, engine, data), "dnnl_memory_create");
        list.position(i).arg(argument.role).memory(memories[i]);
    }

    /** Runs it on data at these addresses, in the order of the arguments. */
    void run(long... addresses) {
        for (int i = 0; i < addresses.length; i++) {
            set(i, addresses[i]);
        }
        set(memories.length - 1, scratchpad.memory.address());
        OneDnn.check(dnnl_primitive_execute(primitive, stream, memories.length, list), "dnnl_primitive_execute");
    }

    /** How argument {@code i} lies in memory, as long as this is open. */
    dnnl_memory_desc layout(int i) {
        dnnl_memory_desc layout = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_get_memory_desc(memories[i], layout), "dnnl_memory_get_memory_desc");
        return layout;
    }

    private void set(int i, long address) {
        OneDnn.check(dnnl_memory_set_data_handle(memories[i], operand.at(address)), "dnnl_memory_set_data_handle");
    }

    @Override
    public void close() {
        dnnl_primitive_destroy(primitive);
        for (dnnl_memory memory : memories) {
            dnnl_memory_destroy(memory);
        }
        list.close();
    }
}
