package attmask.ptx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a PTX module as nvcc writes it: statements with their lines, nothing interpreted yet. */
final class PtxParser {
    private static final Pattern COMMENT = Pattern.compile("//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)\\s*\\(([^)]*)\\)(.*)", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("\\.param\\s+(?:\\.align\\s+(\\d+)\\s+)?\\.(\\w+)\\s+"
            + "(?:\\.ptr\\s+(?:\\.\\w+\\s+)?(?:\\.align\\s+\\d+\\s+)?)?([\\w$]+)(?:\\[(\\d+)\\])?");
    private static final Pattern VARIABLE = Pattern.compile(
            "\\.(shared|global|const|local)\\s+(?:\\.align\\s+(\\d+)\\s+)?\\.(\\w+)\\s+([\\w$]+)"
                    + "((?:\\[\\d*\\])*)\\s*(?:=\\s*(.*))?",
            Pattern.DOTALL);
    private static final Pattern MOST_THREADS = Pattern.compile("\\.(?:maxntid|reqntid)\\s+([\\d,\\s]+)");
    /** Stands at the end of the module, behind what refers to it. */
    private static final Pattern FILE = Pattern.compile("\\.file\\s+(\\d+)\\s+\"(?:[^\"]*/)?([^\"/]*)\"");

    /** Of one variable: more than all shared or constant memory that there is. */
    private static final int MOST_BYTES = 1 << 20;

    private static final Pattern LABEL = Pattern.compile("[\\w$]+");

    private final String module;
    private final String text;
    private final Map<String, String> files = new HashMap<>();
    private final List<Variable> globals = new ArrayList<>();
    private final Map<String, PtxKernel> kernels = new LinkedHashMap<>();
    private PtxKernel kernel;
    private int depth;
    private int at;
    private int line = 1;
    private String source = "";
    private String lastLabel = "";

    /** A module's own variables, and its kernels by name. */
    record Parsed(List<Variable> globals, Map<String, PtxKernel> kernels) {}

    private PtxParser(String module, String ptx) {
        this.module = module;
        // Comments become blanks of the same lines.
        text = COMMENT.matcher(ptx).replaceAll(m -> m.group().replaceAll("[^\n]", ""));
        FILE.matcher(text).results().forEach(m -> files.put(m.group(1), m.group(2)));
    }

    static Parsed parse(String module, String ptx) {
        PtxParser parser = new PtxParser(module, ptx);
        try {
            parser.run();
        } catch (UnsupportedPtxException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnsupportedPtxException("what stands at line " + parser.line + " of " + module, e);
        }
        return new Parsed(parser.globals, parser.kernels);
    }

    private void run() {
        while (skipBlanks()) {
            char c = text.charAt(at);
            if (c == '{' || c == '}') {
                brace(c);
            } else if (isLineDirective()) {
                lineDirective(readLine());
            } else if (text.startsWith(".section", at)) {
                skipBlock();
            } else {
                int first = line;
                statement(readStatement(), first);
            }
        }
    }

    private void brace(char c) {
        at++;
        depth += c == '{' ? 1 : -1;
        if (depth == 0) {
            kernel = null;
        }
    }

    private boolean skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            advance();
        }
        return at < text.length();
    }

    private void advance() {
        if (text.charAt(at++) == '\n') {
            line++;
        }
    }

    private boolean isLineDirective() {
        return text.startsWith(".loc", at) && !text.startsWith(".local", at)
                || text.startsWith(".file", at)
                || text.startsWith(".version", at)
                || text.startsWith(".target", at)
                || text.startsWith(".address_size", at);
    }

    private String readLine() {
        int end = text.indexOf('\n', at);
        String read = text.substring(at, end < 0 ? text.length() : end);
        at += read.length();
        return read;
    }

    /** {@code .loc file line column[, function_name label, inlined_at file line column]} */
    private void lineDirective(String directive) {
        String[] words = directive.trim().split("[\\s,]+");
        if (words[0].equals(".loc")) {
            int inlined = List.of(words).indexOf("inlined_at");
            source = place(words, 1) + (inlined < 0 ? "" : " inlined at " + place(words, inlined + 1));
        }
    }

    private String place(String[] words, int at) {
        return files.getOrDefault(words[at], words[at]) + ":" + words[at + 1];
    }

    private void skipBlock() {
        int open = 0;
        do {
            open += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
            advance();
        } while (open > 0 || text.charAt(at - 1) != '}');
    }

    /** Up to a semicolon, a label's colon, or the brace that opens a function. */
    private String readStatement() {
        int from = at;
        for (; at < text.length(); advance()) {
            char c = text.charAt(at);
            if (c == ';') {
                String read = text.substring(from, at);
                at++;
                return read.trim();
            }
            if (c == ':' && LABEL.matcher(text.substring(from, at)).matches()) {
                at++;
                return text.substring(from, at);
            }
            if (c == '{' && kernel == null && !text.substring(from, at).contains("=")) {
                return text.substring(from, at).trim();
            }
        }
        throw new UnsupportedPtxException("a statement without end at line " + line);
    }

    private void statement(String statement, int first) {
        if (statement.isEmpty() || statement.startsWith(".pragma")) {
            return;
        }
        if (statement.endsWith(":")) {
            lastLabel = statement.substring(0, statement.length() - 1);
            kernel.labels.put(lastLabel, kernel.statements.size());
        } else if (statement.contains(".entry")) {
            entry(statement);
        } else if (statement.contains(".func")) {
            if (at < text.length() && text.charAt(at) == '{') {
                skipBlock();
            }
        } else if (statement.startsWith(".reg")) {
            registers(statement);
        } else if (statement.startsWith(".branchtargets")) {
            branchTargets(statement);
        } else if (statement.startsWith(".")) {
            (kernel == null ? globals : kernel.variables).add(variable(statement));
        } else {
            kernel.statements.add(instruction(statement, first));
        }
    }

    private void entry(String declaration) {
        Matcher entry = ENTRY.matcher(declaration);
        if (!entry.find()) {
            throw new UnsupportedPtxException(declaration);
        }
        kernel = new PtxKernel(module, entry.group(1));
        source = "";
        kernels.put(kernel.name, kernel);
        Matcher parameter = PARAMETER.matcher(entry.group(2));
        int end = 0;
        while (parameter.find()) {
            int size = PtxType.bytes(parameter.group(2));
            int align = parameter.group(1) == null ? size : Integer.parseInt(parameter.group(1));
            int bytes = parameter.group(4) == null ? size : size * Integer.parseInt(parameter.group(4));
            end = (end + align - 1) / align * align;
            kernel.parameters.put(parameter.group(3), new PtxKernel.Parameter(end, bytes));
            end += bytes;
        }
        Matcher most = MOST_THREADS.matcher(entry.group(3));
        if (most.find()) {
            kernel.mostThreads = 1;
            for (String extent : most.group(1).trim().split("[\\s,]+")) {
                kernel.mostThreads *= Integer.parseInt(extent);
            }
        }
    }

    /** {@code .reg .b32 %r<145>} or {@code .reg .pred p, q} */
    private void registers(String declaration) {
        String[] words = declaration.split("\\s+", 3);
        for (String name : words[2].split(",")) {
            kernel.registers.put(name.trim().replaceAll("<\\d+>", ""), words[1].substring(1));
        }
    }

    private void branchTargets(String declaration) {
        kernel.branchTargets.put(lastLabel, split(declaration.substring(".branchtargets".length())));
    }

    private static Variable variable(String declaration) {
        Matcher m = VARIABLE.matcher(declaration);
        if (!m.find()) {
            throw new UnsupportedPtxException("directive " + declaration);
        }
        int size = PtxType.bytes(m.group(3));
        int align = m.group(2) == null ? size : Integer.parseInt(m.group(2));
        boolean external = declaration.startsWith(".extern");
        int bytes = size;
        for (String extent : m.group(5).replace("[", "").split("\\]")) {
            bytes = Math.multiplyExact(bytes, extent.isEmpty() ? 1 : Integer.parseInt(extent));
        }
        if (bytes > MOST_BYTES) {
            throw new UnsupportedPtxException("a variable of " + bytes + " bytes: " + declaration);
        }
        return new Variable(m.group(1), external, align, m.group(4), external ? 0 : bytes, initial(m, size, bytes));
    }

    private static byte[] initial(Matcher m, int size, int bytes) {
        if (m.group(6) == null) {
            return m.group(1).equals("shared") || m.group(1).equals("local") ? null : new byte[bytes];
        }
        ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (String value : m.group(6).replaceAll("[{}\\s]", "").split(",")) {
            long bits = Literals.bits(value);
            switch (size) {
                case 1 -> content.put((byte) bits);
                case 2 -> content.putShort((short) bits);
                case 4 -> content.putInt((int) bits);
                default -> content.putLong(bits);
            }
        }
        return content.array();
    }

    private Statement instruction(String statement, int first) {
        String rest = statement;
        String guard = null;
        boolean negated = false;
        if (rest.startsWith("@")) {
            String[] words = rest.split("\\s+", 2);
            negated = words[0].startsWith("@!");
            guard = words[0].substring(negated ? 2 : 1);
            rest = words[1];
        }
        String[] words = rest.split("\\s+", 2);
        List<String> operands = words.length > 1 ? split(words[1]) : List.of();
        return new Statement(guard, negated, words[0], operands, first, source);
    }

    /** At commas outside of braces, brackets and parentheses. */
    static List<String> split(String operands) {
        List<String> parts = new ArrayList<>();
        int open = 0;
        int from = 0;
        for (int i = 0; i < operands.length(); i++) {
            char c = operands.charAt(i);
            open += "{[(".indexOf(c) >= 0 ? 1 : "}])".indexOf(c) >= 0 ? -1 : 0;
            if (c == ',' && open == 0) {
                parts.add(operands.substring(from, i).trim());
                from = i + 1;
            }
        }
        parts.add(operands.substring(from).trim());
        return parts;
    }
}
