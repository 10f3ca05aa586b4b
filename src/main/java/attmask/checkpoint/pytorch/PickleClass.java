package attmask.checkpoint.pytorch;

import java.util.List;

/**
 * A class or function that a pickle may name.
 *
 * @param name such as {@code collections.OrderedDict}
 * @param maker what calling it gives
 */
record PickleClass(String name, Maker maker) {
    /** Stands for a call. */
    interface Maker {
        /** @throws IllegalArgumentException if the arguments are not what torch.save writes; says what is wrong */
        Object make(List<Object> arguments);
    }
}
