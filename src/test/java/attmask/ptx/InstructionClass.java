package attmask.ptx;

import java.util.Set;

/** What the counters tell instructions apart by. */
public enum InstructionClass {
    /** Integers, bits, addresses. */
    INTEGER,
    /** float32 additions, products, fused ones, comparisons by min and max. */
    FLOAT,
    /** Everything in float64. */
    DOUBLE,
    /** ex2, lg2, rcp, rsqrt, sqrt, div, tanh: a quarter of the throughput or less. */
    SPECIAL,
    /** Between types. */
    CONVERSION,
    /** Register to register, and kernel parameters. */
    MOVE,
    /** setp, selp and logic on predicates. */
    PREDICATE,
    GLOBAL_LOAD,
    GLOBAL_STORE,
    SHARED_LOAD,
    SHARED_STORE,
    /** Memory of single threads: spilled or indexed arrays. Slow; a good kernel has none. */
    LOCAL,
    ATOMIC,
    /** cp.async with its commits and waits. */
    ASYNC_COPY,
    /** shfl, vote, match, redux. */
    SHUFFLE,
    BARRIER,
    /** mma. */
    TENSOR,
    BRANCH;

    private static final Set<String> APPROXIMATE = Set.of("ex2", "lg2", "rcp", "rsqrt", "sqrt", "sin", "cos", "tanh");

    static InstructionClass of(Statement statement) {
        String[] parts = statement.parts();
        return switch (parts[0]) {
            case "bra", "brx", "ret", "exit", "trap" -> BRANCH;
            case "ld", "st", "ldu" -> memory(statement, parts[0].equals("st"));
            case "ldmatrix" -> SHARED_LOAD;
            case "atom", "red" -> ATOMIC;
            case "cp" -> ASYNC_COPY;
            case "mma" -> TENSOR;
            case "shfl", "vote", "match", "redux", "activemask" -> SHUFFLE;
            case "bar", "barrier", "membar", "fence" -> BARRIER;
            case "cvt" -> CONVERSION;
            case "mov", "cvta" -> MOVE;
            case "setp", "selp", "slct" -> PREDICATE;
            default -> arithmetic(parts[0], statement.type());
        };
    }

    private static InstructionClass memory(Statement statement, boolean store) {
        if (statement.has("param") || statement.has("const")) {
            return MOVE;
        }
        if (statement.has("local")) {
            return LOCAL;
        }
        if (statement.has("shared")) {
            return store ? SHARED_STORE : SHARED_LOAD;
        }
        return store ? GLOBAL_STORE : GLOBAL_LOAD;
    }

    private static InstructionClass arithmetic(String name, String type) {
        boolean real = type.startsWith("f") || type.startsWith("bf");
        if (APPROXIMATE.contains(name) || real && name.equals("div")) {
            return SPECIAL;
        }
        if (type.equals("pred")) {
            return PREDICATE;
        }
        return type.equals("f64") ? DOUBLE : real ? FLOAT : INTEGER;
    }
}
