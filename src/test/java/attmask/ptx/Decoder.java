package attmask.ptx;

/** Finds for a statement who can make an instruction of it. */
final class Decoder {
    private final Arithmetic arithmetic;
    private final Approximate approximate;
    private final Predicates predicates;
    private final Moves moves;
    private final Addresses addresses;
    private final LoadStore loadStore;
    private final Atomics atomics;
    private final AsyncCopies asyncCopies;
    private final Barriers barriers;
    private final Shuffles shuffles;
    private final TensorCores tensorCores;

    Decoder(Slots slots, int localBytes) {
        addresses = new Addresses(slots);
        arithmetic = new Arithmetic(slots);
        approximate = new Approximate(slots);
        predicates = new Predicates(slots);
        moves = new Moves(slots);
        loadStore = new LoadStore(slots, addresses, localBytes);
        atomics = new Atomics(slots, addresses);
        asyncCopies = new AsyncCopies(slots, addresses);
        barriers = new Barriers(slots);
        shuffles = new Shuffles(slots);
        tensorCores = new TensorCores(slots, addresses);
    }

    int sharedGranule() {
        return addresses.sharedGranule();
    }

    int globalGranule() {
        return addresses.globalGranule();
    }

    Instruction decode(Statement s) {
        Instruction instruction =
                switch (s.parts()[0]) {
                    case "ld", "st", "ldu" -> loadStore.decode(s);
                    case "atom", "red" -> atomics.decode(s);
                    case "cp" -> asyncCopies.decode(s);
                    case "bar", "barrier", "membar", "fence" -> barriers.decode(s);
                    case "shfl", "vote", "match", "redux", "activemask" -> shuffles.decode(s);
                    case "ldmatrix", "mma" -> tensorCores.decode(s);
                    case "trap" -> trap();
                    default -> null;
                };
        if (instruction == null) {
            instruction = moves.decode(s);
        }
        if (instruction == null) {
            instruction = predicates.decode(s);
        }
        if (instruction == null) {
            instruction = approximate.decode(s);
        }
        if (instruction == null) {
            instruction = arithmetic.decode(s);
        }
        if (instruction == null) {
            throw new UnsupportedPtxException("opcode " + s.opcode());
        }
        return instruction;
    }

    private static Instruction trap() {
        return new Instruction() {
            @Override
            void execute(Warp warp, int mask) {
                throw fault(warp, first(mask), "trap");
            }
        };
    }
}
