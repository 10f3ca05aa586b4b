package attmask.config;

/**
 * An error that the user can put right: bad input, a missing file, an option out of range.
 *
 * <p>The message is one line that names what is wrong, where, and the remedy. It is shown as it is, without a stack trace.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one line: what, where, remedy */
    public UserException(String message) {
        super(message);
    }

    /**
     * @param message one line: what, where, remedy
     * @param cause the failure underneath, shown only when debugging
     */
    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
