package attmask.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One entry of a module as parsed: parameters, registers, variables, statements. */
final class PtxKernel {
    /** Where a parameter lies in the argument buffer. */
    record Parameter(int offset, int bytes) {}

    final String module;
    final String name;
    final Map<String, Parameter> parameters = new LinkedHashMap<>();
    /** Type by register name, or by its prefix where declared as {@code %r<9>}. */
    final Map<String, String> registers = new HashMap<>();

    final List<Variable> variables = new ArrayList<>();
    final List<Statement> statements = new ArrayList<>();
    /** Index of the statement behind a label. */
    final Map<String, Integer> labels = new HashMap<>();
    /** Labels of a {@code .branchtargets} list. */
    final Map<String, List<String>> branchTargets = new HashMap<>();
    /** Most threads of a block by {@code .maxntid}, or 1024. */
    int mostThreads = 1024;

    PtxKernel(String module, String name) {
        this.module = module;
        this.name = name;
    }

    int parameterBytes() {
        return parameters.values().stream()
                .mapToInt(p -> p.offset() + p.bytes())
                .max()
                .orElse(0);
    }

    /** The type of a register, or null when it is none. */
    String registerType(String operand) {
        String type = registers.get(operand);
        return type != null ? type : registers.get(withoutNumber(operand));
    }

    private static String withoutNumber(String name) {
        int end = name.length();
        while (end > 0 && Character.isDigit(name.charAt(end - 1))) {
            end--;
        }
        return name.substring(0, end);
    }
}
