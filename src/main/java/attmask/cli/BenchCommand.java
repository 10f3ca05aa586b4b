package attmask.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: how fast parts of a run are on this machine. */
@Command(
        name = "bench",
        description = "Measures a part of training and prints one JSON line.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchStepCommand.class, BenchDataCommand.class})
final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "say what to measure: " + String.join(" or ", spec.subcommands().keySet()));
    }

    /** The results, each under its name, as one line. */
    static final class Line {
        private final Map<String, Object> values = new LinkedHashMap<>();

        Line(String what) {
            put("what", what);
        }

        Line put(String name, Object value) {
            values.put(name, value);
            return this;
        }

        Line put(String name, double value, int digits) {
            double scale = Math.pow(10, digits);
            return put(name, Math.round(value * scale) / scale);
        }

        Line putVersions() {
            return put("version", Main.Version.number())
                    .put("java", Runtime.version().toString());
        }

        void print() throws JsonProcessingException {
            System.out.println(new ObjectMapper().writeValueAsString(values));
        }
    }
}
