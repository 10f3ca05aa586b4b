package attmask.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A Python with certain packages, if this machine has one. */
public final class Python {
    private final String program;

    private Python(String program) {
        this.program = program;
    }

    /** Skips the test if there is none. */
    public static Python with(String packages) throws IOException, InterruptedException {
        for (String candidate : List.of("python3", "/usr/bin/python3")) {
            try {
                if (end(List.of(candidate, "-c", "import " + packages)).code() == 0) {
                    return new Python(candidate);
                }
            } catch (IOException e) {
                // Not there; the next one may be.
            }
        }
        return Assumptions.abort("no python3 here has " + packages);
    }

    /** What it prints; it must not fail. */
    public String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program, "-B"));
        command.addAll(List.of(arguments));
        Ended ended = end(command);
        assertEquals(0, ended.code(), ended.printed());
        return ended.printed();
    }

    private record Ended(int code, String printed) {}

    private static Ended end(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (InputStream in = process.getInputStream()) {
            String printed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.waitFor(), printed);
        }
    }
}
