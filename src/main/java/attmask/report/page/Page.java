package attmask.report.page;

import attmask.file.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/**
 * One HTML document with everything in it: styles, scripts, charts' data, pictures. Its own content policy forbids any
 * request.
 *
 * @param subtitle a line under the title, may be empty
 * @param live true when a server keeps it up to date: then it follows the server's events
 */
public record Page(String title, String subtitle, List<Section> sections, boolean live) {
    private static final Template TEMPLATE = Template.named("page");
    private static final String STYLE =
            Template.webjar("uplot", "dist/uPlot.min.css").strip() + "\n" + Template.resource("page.css");
    private static final String LIBRARY =
            "/*\n" + Template.webjar("uplot", "LICENSE").strip() + "\n*/\n"
                    + Template.webjar("uplot", "dist/uPlot.iife.min.js");
    private static final String SCRIPT = Template.resource("page.js");

    public Page {
        sections = List.copyOf(sections);
    }

    private record Values(
            String policy,
            String style,
            String library,
            String script,
            String title,
            String subtitle,
            List<Section> sections,
            boolean live) {}

    /** What the page may do: run its own scripts, show its own pictures; when live, ask its own server. */
    public static String policy(boolean live) {
        return "default-src 'none'; script-src " + hash(LIBRARY) + " " + hash(SCRIPT) + "; style-src " + hash(STYLE)
                + "; img-src data:; connect-src " + (live ? "'self'" : "'none'")
                + "; base-uri 'none'; form-action 'none'";
    }

    public String html() {
        return TEMPLATE.fill(new Values(policy(live), STYLE, LIBRARY, SCRIPT, title, subtitle, sections, live));
    }

    /**
     * Writes the file aside, then renames it.
     *
     * @throws attmask.config.UserException if it cannot be written
     */
    public void write(Path file) {
        byte[] html = html().getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(html));
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
