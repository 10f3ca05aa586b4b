package attmask.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A kernel decoded into basic blocks, with the layout of its shared and local memory. */
final class Program {
    final PtxKernel kernel;
    final Slots slots;
    final BasicBlock[] blocks;
    /** Bytes of shared memory it declares; dynamic shared memory starts there. */
    final int sharedBytes;

    /** Bytes of local memory of one thread. */
    final int localBytes;
    /** The smallest access to shared and to global memory, in bytes: races are looked for at this granularity. */
    final int sharedGranule;

    final int globalGranule;
    final int parameterBytes;

    private final List<BasicBlock> list = new ArrayList<>();
    private final Map<Integer, Integer> blockAt = new HashMap<>();
    private final Map<BasicBlock, List<String>> targets = new HashMap<>();
    private final List<Instruction> pending = new ArrayList<>();

    /**
     * Decodes a kernel.
     *
     * @param globals addresses of the module's variables
     * @throws UnsupportedPtxException if it uses anything that the executor does not know
     */
    static Program of(PtxKernel kernel, List<Variable> moduleVariables, Map<String, Long> globals) {
        try {
            return new Program(kernel, moduleVariables, globals);
        } catch (UnsupportedPtxException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnsupportedPtxException("how kernel " + kernel.name + " hangs together", e);
        }
    }

    private Program(PtxKernel kernel, List<Variable> moduleVariables, Map<String, Long> globals) {
        this.kernel = kernel;
        Map<String, Long> addresses = new HashMap<>(globals);
        List<Variable> variables = new ArrayList<>(moduleVariables);
        variables.addAll(kernel.variables);
        sharedBytes = layOut(variables, "shared", addresses);
        localBytes = layOut(variables, "local", addresses);
        slots = new Slots(kernel, addresses);
        Decoder decoder = new Decoder(slots, localBytes);
        decode(decoder);
        blocks = list.toArray(new BasicBlock[0]);
        targets.forEach((block, labels) -> block.targets = labels.stream()
                .mapToInt(label -> blockAt.get(kernel.labels.get(label)))
                .toArray());
        sharedGranule = decoder.sharedGranule();
        globalGranule = decoder.globalGranule();
        parameterBytes = kernel.parameterBytes();
    }

    private static int layOut(List<Variable> variables, String space, Map<String, Long> addresses) {
        int end = 0;
        for (Variable v : variables) {
            if (v.space().equals(space) && !v.external()) {
                end = (end + v.align() - 1) / v.align() * v.align();
                addresses.put(v.name(), (long) end);
                end += v.bytes();
            }
        }
        int total = (end + 15) / 16 * 16;
        for (Variable v : variables) {
            if (v.space().equals(space) && v.external()) {
                addresses.put(v.name(), (long) total);
            }
        }
        return total;
    }

    private void decode(Decoder decoder) {
        Set<Integer> leaders = new HashSet<>(kernel.labels.values());
        BasicBlock now = new BasicBlock(0);
        for (int i = 0; i < kernel.statements.size(); i++) {
            Statement s = kernel.statements.get(i);
            Instruction instruction = isJump(s) ? null : decodeAt(decoder, s);
            boolean gate = instruction != null && instruction.synchronizes();
            if ((leaders.contains(i) || gate) && now.count > 0) {
                now = finish(now);
            }
            if (now.count == 0) {
                blockAt.put(i, now.number);
            }
            now.count++;
            now.classes[InstructionClass.of(s).ordinal()]++;
            if (gate) {
                now.gate = instruction;
                now.blockBarrier = instruction instanceof Barriers.BlockBarrier;
            }
            if (instruction == null) {
                jump(now, s);
                now = finish(now);
            } else {
                pending.add(instruction);
            }
        }
        if (now.count > 0) {
            now.end = BasicBlock.End.EXIT;
            finish(now);
        }
    }

    private static boolean isJump(Statement s) {
        return switch (s.parts()[0]) {
            case "bra", "brx", "ret", "exit" -> true;
            default -> false;
        };
    }

    private Instruction decodeAt(Decoder decoder, Statement s) {
        try {
            Instruction instruction = decoder.decode(s);
            instruction.statement = s;
            if (s.guard() != null) {
                instruction.guard = slots.predicate(s.guard());
                instruction.negated = s.negated();
            }
            return instruction;
        } catch (RuntimeException e) {
            throw new UnsupportedPtxException(s + " (" + kernel.name + ", " + s.where(kernel.module) + "): " + e, e);
        }
    }

    private void jump(BasicBlock block, Statement s) {
        block.end = switch (s.parts()[0]) {
            case "bra" -> BasicBlock.End.BRANCH;
            case "brx" -> BasicBlock.End.TABLE;
            default -> BasicBlock.End.EXIT;
        };
        if (block.end == BasicBlock.End.BRANCH) {
            targets.put(block, s.operands());
        } else if (block.end == BasicBlock.End.TABLE) {
            block.index = slots.word(s.operand(0));
            targets.put(block, kernel.branchTargets.get(s.operand(1)));
        }
        if (s.guard() != null) {
            block.guard = slots.predicate(s.guard());
            block.negated = s.negated();
        }
    }

    private BasicBlock finish(BasicBlock block) {
        block.instructions = pending.toArray(new Instruction[0]);
        pending.clear();
        list.add(block);
        return new BasicBlock(list.size());
    }
}
