package attmask.ptx;

/** PTX that the executor does not know: the executor has to learn it, or the kernel do without. */
final class UnsupportedPtxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnsupportedPtxException(String what) {
        super("the executor does not know " + what);
    }

    UnsupportedPtxException(String what, Throwable cause) {
        super("the executor does not know " + what, cause);
    }
}
