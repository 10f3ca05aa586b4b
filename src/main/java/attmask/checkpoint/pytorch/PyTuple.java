package attmask.checkpoint.pytorch;

import java.util.List;

/** A Python tuple; lists are {@link List}s. */
record PyTuple(List<Object> items) {}
