package attmask.config;

import java.util.regex.Pattern;

/**
 * Something the user can mend: bad input, a missing file, an impossible setting. The message is one line that names
 * what, where and the remedy; the command line prints it without a stack trace. Names of files and texts out of them
 * cannot break the line or command the terminal: see {@link #plain}.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final Pattern BREAK = Pattern.compile("\\s*\\R\\s*");
    /** What terminals obey, and what turns the direction of text round. */
    private static final Pattern COMMANDS = Pattern.compile("[\\p{Cc}\\u202A-\\u202E\\u2066-\\u2069]");

    public UserException(String message) {
        super(plain(message));
    }

    public UserException(String message, Throwable cause) {
        super(plain(message), cause);
    }

    /** A text as one line that is safe to print: line breaks become blanks, other control characters question marks. */
    public static String plain(String text) {
        String line = BREAK.matcher(text.strip()).replaceAll(" ");
        return COMMANDS.matcher(line).replaceAll("?");
    }
}
