package attmask.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in a few words what an {@link IOException} means; the caller names the file. */
public final class FileProblem {
    private FileProblem() {}

    /** For instance "permission denied" or "No space left on device"; one line, without the path. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NotDirectoryException) {
            return "not a folder";
        }
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        String message = e.getMessage();
        if (message == null || message.isBlank()) {
            return e.getClass().getSimpleName();
        }
        String line = message.lines().findFirst().orElse(message);
        // java.io writes "path (reason)".
        int open = line.lastIndexOf(" (");
        return open >= 0 && line.endsWith(")") ? line.substring(open + 2, line.length() - 1) : line;
    }
}
