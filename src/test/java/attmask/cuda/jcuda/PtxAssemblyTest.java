package attmask.cuda.jcuda;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.cuda.PtxModules;
import attmask.cuda.jcuda.PtxCompiler.Assembled;
import attmask.cuda.jcuda.PtxCompiler.Usage;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The jar's kernels through NVIDIA's own compiler: drivers of CUDA 12 take them, and no thread needs local memory. */
class PtxAssemblyTest {
    /** A100; RTX 30; RTX 40, L4; H100. */
    private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_86", "sm_89", "sm_90");

    /** Writes to a place of a local array that is known only when it runs. */
    private static final String LOCAL = """
            .version 7.8
            .target sm_80
            .address_size 64
            .visible .entry local_array(.param .u64 y, .param .u32 i) {
                .local .align 4 .b8 array[256];
                .reg .b32 %r<4>;
                .reg .b64 %d<8>;
                ld.param.u64 %d1, [y];
                ld.param.u32 %r1, [i];
                mov.u64 %d2, array;
                mul.wide.u32 %d3, %r1, 4;
                add.u64 %d4, %d2, %d3;
                st.local.u32 [%d4], %r1;
                ld.local.u32 %r2, [array+8];
                cvta.to.global.u64 %d5, %d1;
                st.global.u32 [%d5], %r2;
                ret;
            }
            """;

    @BeforeEach
    void compiler() {
        PtxCompiler.assumeAvailable();
    }

    @TestFactory
    Stream<DynamicTest> everyModuleAssemblesWithoutLocalMemory() {
        return PtxModules.names().stream().flatMap(module -> ARCHITECTURES.stream()
                .map(architecture -> DynamicTest.dynamicTest(
                        module + " on " + architecture, () -> assembles(module, architecture))));
    }

    private static void assembles(String module, String architecture) {
        Assembled assembled = PtxCompiler.assemble(PtxModules.read(module), architecture);
        assertTrue(assembled.kernels().size() > 0, module + " has no kernel");
        for (Usage kernel : assembled.kernels()) {
            System.out.println(architecture + " " + kernel);
        }
        assertAll(assembled.kernels().stream()
                .map(kernel -> () -> assertEquals(
                        0,
                        kernel.stack() + kernel.spillStores() + kernel.spillLoads(),
                        () -> kernel + " needs local memory on " + architecture)));
    }

    @Test
    void localMemoryIsSeen() {
        Usage kernel = PtxCompiler.assemble(LOCAL, "sm_90").kernels().get(0);
        assertEquals("local_array", kernel.kernel());
        assertEquals(256, kernel.stack());
        assertTrue(kernel.registers() > 0);
    }

    @Test
    void whatTheCompilerRefusesIsTold() {
        String broken = LOCAL.replace("st.local.u32 [%d4], %r1", "st.local.u32 [%d4], %r9");
        AssertionError error = assertThrows(AssertionError.class, () -> PtxCompiler.assemble(broken, "sm_80"));
        assertTrue(error.getMessage().contains("%r9"), error.getMessage());
    }
}
