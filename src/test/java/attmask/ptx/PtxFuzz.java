package attmask.ptx;

import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A PTX module: its text, and its kernels decoded to where they could be run. */
public final class PtxFuzz implements FuzzTarget {
    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>(Seeds.resources("/attmask/kernels/", "ema.ptx", "sgd.ptx"));
        seeds.add(Seeds.joined(PtxParserTest.MODULE));
        return seeds;
    }

    @Override
    public void read(byte[] input, Path folder) {
        PtxParser.Parsed parsed = PtxParser.parse("fuzz", new String(input, StandardCharsets.UTF_8));
        Map<String, Long> addresses = new HashMap<>();
        parsed.globals().forEach(variable -> addresses.put(variable.name(), 0L));
        for (PtxKernel kernel : parsed.kernels().values()) {
            Program.of(kernel, parsed.globals(), addresses);
        }
    }

    @Override
    public Set<Class<? extends Exception>> refusals() {
        return Set.of(UnsupportedPtxException.class);
    }

    /** Comments are cut out and statements copied; a table may be as large as the parser allows. */
    @Override
    public long mostBytes(int length) {
        return (32L << 20) + 4096L * length;
    }
}
