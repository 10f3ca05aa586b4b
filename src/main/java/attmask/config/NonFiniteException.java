package attmask.config;

/** Training that stopped because its numbers are no longer finite, step after step; the message is one line. */
public final class NonFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NonFiniteException(String message) {
        super(message);
    }
}
