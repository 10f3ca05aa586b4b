package attmask.cuda;

/** A failure of the device, its driver or a library: what was asked, and what came back. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message one line: the call or kernel with grid, block and arguments, and the status */
    public CudaException(String message) {
        super(message);
    }

    public CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}
