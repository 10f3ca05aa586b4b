package attmask.train;

import attmask.tensor.Arena;

/**
 * Memory that a run takes.
 *
 * @param what for the table
 */
public record MemoryUse(Place place, String what, long bytes) {
    /** Whose memory. */
    public enum Place {
        /** A GPU's. */
        DEVICE("on the GPU"),
        /** The machine's, outside the Java heap. */
        HOST("outside the heap"),
        /** The Java heap. */
        HEAP("on the heap");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        /** As in "in all, on the GPU". */
        public String text() {
            return text;
        }
    }

    static MemoryUse of(Place place, Arena arena) {
        return new MemoryUse(place, arena.name(), arena.bytes());
    }
}
