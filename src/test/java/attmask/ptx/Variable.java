package attmask.ptx;

/**
 * A variable with an address.
 *
 * @param space shared, global, const or local
 * @param external dynamic shared memory: its size comes with the launch
 * @param initial its content, or null
 */
record Variable(String space, boolean external, int align, String name, int bytes, byte[] initial) {}
