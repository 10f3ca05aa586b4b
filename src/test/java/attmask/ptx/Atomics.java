package attmask.ptx;

import java.util.Arrays;
import java.util.List;

/** atom and red on global and shared memory: lane after lane, as good an order as any. */
final class Atomics {
    private static final List<String> KINDS =
            List.of("add", "min", "max", "inc", "dec", "exch", "cas", "and", "or", "xor");

    private final Slots slots;
    private final Addresses addresses;

    Atomics(Slots slots, Addresses addresses) {
        this.slots = slots;
        this.addresses = addresses;
    }

    /** New value of memory from its old one and the operands. */
    private interface Update {
        long of(long old, long b, long c);
    }

    Instruction decode(Statement s) {
        boolean red = s.parts()[0].equals("red");
        String type = s.type();
        int bytes = PtxType.bytes(type);
        boolean wide = bytes == 8;
        boolean generic = !s.has("shared") && !s.has("global");
        if (bytes < 4) {
            throw new UnsupportedPtxException("atomics on " + type);
        }
        int at = red ? 0 : 1;
        Addresses.Address address = addresses.parse(s.operand(at), !s.has("shared"));
        int d = red ? -1 : slot(s.operand(0), wide);
        int b = slot(s.operand(at + 1), wide);
        int c = s.operands().size() > at + 2 ? slot(s.operand(at + 2), wide) : b;
        String kind = Arrays.stream(s.parts())
                .filter(KINDS::contains)
                .findFirst()
                .orElseThrow(() -> new UnsupportedPtxException(s.opcode()));
        Update update = update(kind, type);
        boolean fences = s.has("acq_rel") || s.has("release");
        return new Instruction() {
            @Override
            void execute(Warp warp, int mask) {
                if (fences) {
                    warp.block.order.fence();
                }
                for (int k = mask; k != 0; k &= k - 1) {
                    int lane = first(k);
                    long where = address.of(warp, lane);
                    boolean shared = s.has("shared") || generic && where >>> 32 == 0;
                    byte[] data;
                    int offset;
                    if (shared) {
                        data = warp.block.shared.data;
                        offset = shared(this, warp, lane, where - (generic ? GlobalMemory.SHARED_WINDOW : 0), bytes);
                    } else {
                        Allocation allocation = GlobalAccess.allocation(this, warp, lane, where, bytes);
                        data = allocation.data;
                        offset = (int) (where - allocation.base);
                        global(this, warp, lane, allocation, offset, bytes);
                    }
                    apply(warp, lane, data, offset);
                }
            }

            private void apply(Warp warp, int lane, byte[] data, int offset) {
                if (wide) {
                    long old = (long) Bytes.I64.get(data, offset);
                    Bytes.I64.set(data, offset, update.of(old, warp.longs[b][lane], warp.longs[c][lane]));
                    if (d >= 0) {
                        warp.longs[d][lane] = old;
                    }
                } else {
                    int old = (int) Bytes.I32.get(data, offset);
                    Bytes.I32.set(data, offset, (int) update.of(old, warp.words[b][lane], warp.words[c][lane]));
                    if (d >= 0) {
                        warp.words[d][lane] = old;
                    }
                }
            }
        };
    }

    private int slot(String operand, boolean wide) {
        return wide ? slots.longWord(operand) : slots.word(operand);
    }

    private static int shared(Instruction instruction, Warp warp, int lane, long at, int bytes) {
        int offset = SharedAccess.offset(instruction, warp, lane, at, bytes);
        SharedMemory shared = warp.block.shared;
        long race = shared.write(offset, bytes, warp.index * Warp.LANES + lane, true);
        if (race != 0) {
            throw SharedAccess.race(instruction, warp, lane, "atomic", race, offset);
        }
        if (!Bytes.all(shared.state, offset, bytes)) {
            throw instruction.fault(warp, lane, "atomic on uninitialised shared memory at offset " + offset);
        }
        return offset;
    }

    private static void global(
            Instruction instruction, Warp warp, int lane, Allocation allocation, int offset, int bytes) {
        GlobalMemory memory = warp.block.memory;
        if (!Bytes.all(allocation.written, offset, bytes)) {
            throw instruction.fault(
                    warp,
                    lane,
                    "atomic on uninitialised global memory at " + memory.describe(allocation.base + offset));
        }
        BlockOrder order = warp.block.order;
        long race = allocation.write(offset, bytes, warp.index * Warp.LANES + lane, true, order);
        if (race != 0) {
            throw instruction.fault(
                    warp,
                    lane,
                    "race on global memory: this atomic and an access by " + order.name(race) + " at "
                            + memory.describe(allocation.base + offset));
        }
        order.atomic();
    }

    private static Update update(String kind, String type) {
        boolean wide = PtxType.wide(type);
        return switch (kind) {
            case "add" -> add(type);
            case "exch" -> (old, b, c) -> b;
            case "cas" -> (old, b, c) -> old == b ? c : old;
            case "and" -> (old, b, c) -> old & b;
            case "or" -> (old, b, c) -> old | b;
            case "xor" -> (old, b, c) -> old ^ b;
            case "inc" -> (old, b, c) -> Integer.compareUnsigned((int) old, (int) b) >= 0 ? 0 : old + 1;
            case "dec" -> (old, b, c) -> old == 0 || Integer.compareUnsigned((int) old, (int) b) > 0 ? b : old - 1;
            case "min" ->
                type.startsWith("s")
                        ? (old, b, c) -> Math.min(old, b)
                        : (old, b, c) -> unsigned(old, b, wide) < 0 ? old : b;
            default ->
                type.startsWith("s")
                        ? (old, b, c) -> Math.max(old, b)
                        : (old, b, c) -> unsigned(old, b, wide) > 0 ? old : b;
        };
    }

    private static int unsigned(long a, long b, boolean wide) {
        return wide ? Long.compareUnsigned(a, b) : Integer.compareUnsigned((int) a, (int) b);
    }

    private static Update add(String type) {
        return switch (type) {
            case "f32" ->
                (old, b, c) -> Float.floatToRawIntBits(Float.intBitsToFloat((int) old) + Float.intBitsToFloat((int) b));
            case "f64" ->
                (old, b, c) -> Double.doubleToRawLongBits(Double.longBitsToDouble(old) + Double.longBitsToDouble(b));
            default -> (old, b, c) -> old + b;
        };
    }
}
