package attmask.data;

import java.io.IOException;

/** An image file that cannot be decoded whole. The message is the reason alone, without the file's name. */
public final class UnreadableImageException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param reason a few words, for instance "truncated" */
    public UnreadableImageException(String reason) {
        super(reason);
    }

    /**
     * @param reason a few words, for instance "truncated"
     * @param cause the decoder's failure
     */
    public UnreadableImageException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
