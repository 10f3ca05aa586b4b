package attmask.ptx;

import java.util.List;

/** ld and st: finds out which memory is meant and where the values go. */
final class LoadStore {
    private final Slots slots;
    private final Addresses addresses;
    private final int localBytes;

    LoadStore(Slots slots, Addresses addresses, int localBytes) {
        this.slots = slots;
        this.addresses = addresses;
        this.localBytes = localBytes;
    }

    Instruction decode(Statement s) {
        boolean load = !s.parts()[0].equals("st");
        List<String> registers = Moves.elements(s.operand(load ? 0 : 1));
        Values values = values(s.type(), registers, load);
        String address = s.operand(load ? 1 : 0);
        if (s.has("param")) {
            return parameter(values, address);
        }
        boolean ordered = s.has("volatile") || s.has("relaxed") || s.has("acquire") || s.has("release");
        if (s.has("shared")) {
            addresses.sharedAccess(values.bytes());
            return new SharedAccess(addresses.parse(address, false), values, load, 0);
        }
        if (s.has("local")) {
            return new LocalAccess(addresses.parse(address, false), values, load, localBytes, 0);
        }
        addresses.globalAccess(values.bytes());
        Addresses.Address parsed = addresses.parse(address, true);
        boolean counted = !s.has("const");
        GlobalAccess global = new GlobalAccess(parsed, values, load, ordered, counted, s.has("nc"));
        if (s.has("global") || s.has("const")) {
            return global;
        }
        addresses.sharedAccess(values.bytes());
        return new GenericAccess(
                parsed,
                global,
                new SharedAccess(parsed, values, load, GlobalMemory.SHARED_WINDOW),
                new LocalAccess(parsed, values, load, localBytes, GlobalMemory.LOCAL_WINDOW));
    }

    private Values values(String type, List<String> registers, boolean load) {
        int bytes = PtxType.bytes(type);
        String named = registers.stream().filter(slots::isRegister).findFirst().orElse("");
        boolean wide = named.isEmpty() ? bytes == 8 : slots.isWide(named);
        int[] places = registers.stream()
                .mapToInt(r -> wide ? slots.longWord(r) : slots.word(r))
                .toArray();
        return new Values(places, bytes, wide, type.startsWith("s"), load && slots.isHalf(named));
    }

    private Instruction parameter(Values values, String address) {
        PtxKernel.Parameter parameter = slots.parameter(Addresses.base(address));
        if (parameter == null) {
            throw new UnsupportedPtxException("parameter address " + address);
        }
        int from = parameter.offset() + Addresses.offset(address);
        return Instruction.of((warp, mask) -> {
            for (int k = mask; k != 0; k &= k - 1) {
                warp.offsets[Instruction.first(k)] = from;
            }
            values.load(warp, warp.block.parameters, mask);
        });
    }
}
