package attmask.cuda.jcuda;

import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCompile;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCreate;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerDestroy;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetCompiledProgram;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLogSize;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLogSize;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;

/** NVIDIA's compiler from PTX to machine code, which comes with JCuda: the one inside drivers for CUDA 12.0. */
public final class PtxCompiler {
    private static final Pattern FUNCTION = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern STACK =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers(?:.*?(\\d+)(?:\\+\\d+)? bytes smem)?");

    private static String missing;
    private static boolean loaded;

    private PtxCompiler() {}

    /**
     * What a kernel needs on a GPU.
     *
     * @param registers of a thread
     * @param stack bytes of local memory of a thread
     * @param spillStores bytes written there because there are not enough registers
     * @param spillLoads bytes read back
     * @param shared bytes of static shared memory of a block
     */
    public record Usage(String kernel, int registers, int stack, int spillStores, int spillLoads, int shared) {}

    /**
     * @param code the machine code, an ELF file
     * @param kernels in the compiler's order
     */
    public record Assembled(byte[] code, List<Usage> kernels) {}

    /** Skips the calling test where JCuda has no compiler for this machine. */
    public static synchronized void assumeAvailable() {
        if (!loaded && missing == null) {
            try {
                byte[] library = JniLibrary.bytes("JNvPTXCompiler");
                JniLibrary.load("JNvPTXCompiler", library, () -> JNvPTXCompiler.setExceptionsEnabled(false));
                loaded = true;
            } catch (LinkageError | IOException e) {
                missing = JniLibrary.reason(e);
            }
        }
        Assumptions.assumeTrue(loaded, "JCuda's PTX compiler does not load here: " + missing);
    }

    /**
     * @param architecture such as {@code sm_80}
     * @throws AssertionError with the compiler's words if it refuses
     */
    public static Assembled assemble(String ptx, String architecture) {
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
        check(nvPTXCompilerCreate(handle, text.length, text), "nvPTXCompilerCreate");
        try {
            String[] options = {"--gpu-name=" + architecture, "--verbose"};
            if (nvPTXCompilerCompile(handle, options.length, options) != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
                throw new AssertionError(architecture + ": " + errors(handle));
            }
            long[] size = new long[1];
            check(nvPTXCompilerGetCompiledProgramSize(handle, size), "nvPTXCompilerGetCompiledProgramSize");
            byte[] code = new byte[(int) size[0]];
            check(nvPTXCompilerGetCompiledProgram(handle, code), "nvPTXCompilerGetCompiledProgram");
            check(nvPTXCompilerGetInfoLogSize(handle, size), "nvPTXCompilerGetInfoLogSize");
            byte[] log = new byte[(int) size[0] + 1];
            check(nvPTXCompilerGetInfoLog(handle, log), "nvPTXCompilerGetInfoLog");
            return new Assembled(code, usages(new String(log, StandardCharsets.US_ASCII)));
        } finally {
            nvPTXCompilerDestroy(handle);
        }
    }

    private static String errors(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        nvPTXCompilerGetErrorLogSize(handle, size);
        byte[] log = new byte[(int) size[0] + 1];
        nvPTXCompilerGetErrorLog(handle, log);
        return new String(log, StandardCharsets.US_ASCII).replace('\0', ' ').strip();
    }

    private static List<Usage> usages(String log) {
        List<Usage> found = new ArrayList<>();
        Matcher function = FUNCTION.matcher(log);
        while (function.find()) {
            Matcher stack = STACK.matcher(log);
            Matcher used = USED.matcher(log);
            if (!stack.find(function.end()) || !used.find(stack.end())) {
                throw new AssertionError("not understood: " + log);
            }
            found.add(new Usage(
                    function.group(1),
                    Integer.parseInt(used.group(1)),
                    Integer.parseInt(stack.group(1)),
                    Integer.parseInt(stack.group(2)),
                    Integer.parseInt(stack.group(3)),
                    used.group(2) == null ? 0 : Integer.parseInt(used.group(2))));
        }
        return found;
    }

    private static void check(int answer, String call) {
        if (answer != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            throw new AssertionError(call + ": " + nvPTXCompileResult.stringFor(answer));
        }
    }
}
