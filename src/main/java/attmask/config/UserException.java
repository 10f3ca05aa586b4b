package attmask.config;

/**
 * Something the user can mend: bad input, a missing file, an impossible setting. The message is one line that names
 * what, where and the remedy; the command line prints it without a stack trace.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
