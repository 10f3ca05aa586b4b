package attmask.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** What an op must say when it is called wrongly. */
public final class Contract {
    private Contract() {}

    /** The call fails with one line that contains all of these: the op, the tensor, its shape, the needed shape. */
    public static void rejects(Executable call, String... mentions) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String mention : mentions) {
            assertTrue(message.contains(mention), "'" + message + "' does not say '" + mention + "'");
        }
        assertTrue(message.lines().count() == 1, "more than one line: " + message);
    }
}
