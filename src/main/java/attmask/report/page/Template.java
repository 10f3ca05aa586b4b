package attmask.report.page;

import com.samskivert.mustache.Mustache;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The program's own Mustache templates and other page resources; whatever a template fills in is escaped for HTML. */
final class Template {
    private static final String FOLDER = "/attmask/report/page/";
    private static final String WEBJARS = "META-INF/maven/org.webjars.npm/";

    private final com.samskivert.mustache.Template compiled;

    private Template(String text) {
        compiled = Mustache.compiler().escapeHTML(true).compile(text);
    }

    /** The template {@code name}.html. */
    static Template named(String name) {
        return new Template(resource(name + ".html"));
    }

    /** Fills in the components of a record, or the entries of a map. */
    String fill(Object values) {
        return compiled.execute(values);
    }

    /** A text of the program. */
    static String resource(String name) {
        return read(FOLDER + name);
    }

    /** A file of a library that came as a WebJar; its version, part of the path, stands in the jar's properties. */
    static String webjar(String library, String file) {
        String version = read("/" + WEBJARS + library + "/pom.properties")
                .lines()
                .filter(line -> line.startsWith("version="))
                .findFirst()
                .orElseThrow()
                .substring("version=".length());
        return read("/META-INF/resources/webjars/" + library + "/" + version + "/" + file);
    }

    private static String read(String path) {
        try (InputStream in = Template.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the program's own " + path + " is missing");
            }
            // HTML parsers see line feeds only, and the policy's hashes are over what they see.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
        } catch (IOException e) {
            throw new UncheckedIOException("the program's own " + path + " cannot be read", e);
        }
    }
}
