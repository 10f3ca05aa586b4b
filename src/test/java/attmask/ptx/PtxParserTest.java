package attmask.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PtxParserTest {
    static final String MODULE = String.join(
            "\n",
            ".version 7.8 // a comment; with a semicolon",
            ".target sm_80",
            "/* two",
            "   lines */",
            ".global .align 4 .b8 table[8] = {1, 2, 255, 0, 0, 0, 0, 7};",
            ".const .f32 half = 0f3F000000;",
            ".extern .shared .align 16 .b8 dynamic[];",
            ".visible .entry one(",
            "    .param .u32 count,",
            "    .param .u64 .ptr .global .align 4 out,",
            "    .param .align 8 .b8 blob[12]",
            ") .maxntid 128, 2, 1",
            "{",
            "    .reg .pred %p<3>;",
            "    .reg .b32 %r<9>, single;",
            "    .shared .align 16 .b8 tile[4][8];",
            "    .loc 1 77 5",
            "    @!%p1 bra $end;",
            "    { .reg .b64 t; mov.b64 t, {%r1,%r2}; }",
            "$end:",
            "    .pragma \"nounroll\";",
            "    .loc 2 5 1, function_name $info, inlined_at 1 78 3",
            "    ld.global.v2.u32 {%r1, %r2}, [t+-8]; ret;",
            "}",
            ".entry two() { exit; }",
            ".file 1 \"/somewhere/one.cu\"",
            ".file 2 \"common.cuh\"",
            "");

    private final PtxParser.Parsed parsed = PtxParser.parse("module", MODULE);
    private final PtxKernel one = parsed.kernels().get("one");

    @Test
    void parametersLieAsInCuda() {
        assertEquals(new PtxKernel.Parameter(0, 4), one.parameters.get("count"));
        assertEquals(new PtxKernel.Parameter(8, 8), one.parameters.get("out"));
        assertEquals(new PtxKernel.Parameter(16, 12), one.parameters.get("blob"));
        assertEquals(28, one.parameterBytes());
        assertEquals(256, one.mostThreads);
    }

    @Test
    void variablesHaveSizesAndContent() {
        assertArrayEquals(
                new byte[] {1, 2, -1, 0, 0, 0, 0, 7}, parsed.globals().get(0).initial());
        assertArrayEquals(new byte[] {0, 0, 0, 63}, parsed.globals().get(1).initial());
        assertTrue(parsed.globals().get(2).external());
        assertEquals(32, one.variables.get(0).bytes());
    }

    @Test
    void registersHaveTypes() {
        assertEquals("b32", one.registerType("%r8"));
        assertEquals("b32", one.registerType("single"));
        assertEquals("pred", one.registerType("%p2"));
        assertEquals("b64", one.registerType("t"));
        assertNull(one.registerType("tile"));
        assertNull(one.registerType("%tid.x"));
    }

    @Test
    void statementsKnowTheirPlaces() {
        assertEquals(4, one.statements.size());
        Statement branch = one.statements.get(0);
        assertEquals("%p1", branch.guard());
        assertTrue(branch.negated());
        assertEquals("one.cu:77, line 18 of module.ptx", branch.where("module"));
        assertEquals(List.of("t", "{%r1,%r2}"), one.statements.get(1).operands());
        assertEquals(2, one.labels.get("$end"));
        Statement load = one.statements.get(2);
        assertEquals(List.of("{%r1, %r2}", "[t+-8]"), load.operands());
        assertEquals("common.cuh:5 inlined at one.cu:78", load.source());
        assertEquals(-8, Addresses.offset(load.operand(1)));
        assertEquals("exit", parsed.kernels().get("two").statements.get(0).opcode());
        assertEquals("", parsed.kernels().get("two").statements.get(0).source());
    }

    @Test
    void numbersAreBits() {
        assertEquals(-1, Literals.bits("-1"));
        assertEquals(0xffffffffL, Literals.bits("0xffffffff"));
        assertEquals(0x3f800000, Literals.bits("0f3F800000"));
        assertEquals(-1, (int) Literals.bits("4294967295U"));
        assertThrows(UnsupportedPtxException.class, () -> Literals.bits("%nonsense"));
    }

    @Test
    void unknownInstructionsAreNamed() {
        String ptx = ".entry k() { .reg .b32 %r<3>;\n wgmma.fence.sync.aligned; ret; }";
        EmulatedDriver driver = new EmulatedDriver();
        String message = assertThrows(
                        UnsupportedPtxException.class, () -> driver.kernel(driver.load("later", ptx), "k"))
                .getMessage();
        assertTrue(message.contains("wgmma.fence.sync.aligned") && message.contains("line 2 of later.ptx"), message);
    }
}
