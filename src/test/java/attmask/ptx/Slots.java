package attmask.ptx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every operand of a kernel a slot of a warp's register file: registers, immediates, addresses of variables and
 * special registers alike, so that an instruction only ever names slots. 16-bit registers are words whose upper half
 * is 0; 64-bit ones have a file of their own, predicates are bit masks over the lanes.
 */
final class Slots {
    private static final String[] PLACES = {"%ctaid.x", "%ctaid.y", "%ctaid.z"};

    private final PtxKernel kernel;
    private final Map<String, Long> addresses;
    private final Map<String, Integer> words = new HashMap<>();
    private final Map<String, Integer> longs = new HashMap<>();
    private final Map<String, Integer> predicates = new HashMap<>();
    private final Map<Integer, Integer> wordConstants = new HashMap<>();
    private final Map<Integer, Long> longConstants = new HashMap<>();
    private final Map<Integer, String> specials = new HashMap<>();

    /** @param addresses of the variables the kernel can name */
    Slots(PtxKernel kernel, Map<String, Long> addresses) {
        this.kernel = kernel;
        this.addresses = addresses;
        word("0");
        longWord("0");
    }

    private static int slot(Map<String, Integer> file, String name) {
        return file.computeIfAbsent(name, n -> file.size());
    }

    boolean isRegister(String operand) {
        return kernel.registerType(operand) != null;
    }

    boolean isWide(String register) {
        String type = kernel.registerType(register);
        return type != null && PtxType.wide(type);
    }

    boolean isHalf(String register) {
        String type = kernel.registerType(register);
        return type != null && !type.equals("pred") && PtxType.bytes(type) == 2;
    }

    /** A register, immediate or address of 16 or 32 bits. */
    int word(String operand) {
        if (isWide(operand)) {
            throw new UnsupportedPtxException("64-bit register " + operand + " as 32 bits");
        }
        int slot = slot(words, operand);
        if (!isRegister(operand) && !operand.equals("_")) {
            if (operand.startsWith("%")) {
                specials.put(slot, operand);
            } else {
                wordConstants.put(slot, (int) constant(operand));
            }
        }
        return slot;
    }

    /** A register, immediate or address of 64 bits. */
    int longWord(String operand) {
        if (isRegister(operand) && !isWide(operand)) {
            throw new UnsupportedPtxException("register " + operand + " as 64 bits");
        }
        int slot = slot(longs, operand);
        if (!isRegister(operand) && !operand.equals("_")) {
            longConstants.put(slot, constant(operand));
        }
        return slot;
    }

    private long constant(String operand) {
        if (operand.equals("WARP_SZ")) {
            return Warp.LANES;
        }
        Long address = addresses.get(operand);
        return address != null ? address : Literals.bits(operand);
    }

    int predicate(String operand) {
        return slot(predicates, operand);
    }

    int[] words(List<String> operands) {
        return operands.stream().mapToInt(this::word).toArray();
    }

    /** The offset of a parameter, or null when the name is not one's. */
    PtxKernel.Parameter parameter(String name) {
        return kernel.parameters.get(name);
    }

    int wordCount() {
        return words.size();
    }

    int longCount() {
        return longs.size();
    }

    int predicateCount() {
        return predicates.size();
    }

    /** Writes what never changes into a warp's registers: immediates and all special registers but the block's place. */
    void fillConstants(Warp warp) {
        wordConstants.forEach((slot, value) -> Arrays.fill(warp.words[slot], value));
        longConstants.forEach((slot, value) -> Arrays.fill(warp.longs[slot], value));
        specials.forEach((slot, name) -> {
            for (int lane = 0; lane < Warp.LANES; lane++) {
                warp.words[slot][lane] = warp.block.special(name, warp.index, lane);
            }
        });
    }

    /** Writes the block's place, for each block anew. */
    void fillPlace(Warp warp) {
        for (int axis = 0; axis < PLACES.length; axis++) {
            Integer slot = words.get(PLACES[axis]);
            if (slot != null) {
                Arrays.fill(warp.words[slot], warp.block.place(axis));
            }
        }
    }
}
