package attmask.eval;

/**
 * The k most similar rows seen so far: a binary heap with the least similar on top. Of two rows that are equally
 * similar the one with the lower index is nearer, as with a stable sort.
 */
final class Neighbours {
    private final float[] similarity;
    private final int[] index;
    private int size;

    Neighbours(int k) {
        similarity = new float[k];
        index = new int[k];
    }

    /** Offers rows {@code first}, {@code first + 1}, … ; indices must come in ascending order over all calls. */
    void offer(float[] similarities, int first, int count) {
        for (int i = 0; i < count; i++) {
            if (size < index.length) {
                place(size, similarities[i], first + i);
                rise(size++);
            } else if (similarities[i] > similarity[0]) {
                place(0, similarities[i], first + i);
                sink(0);
            }
        }
    }

    /** Orders them, the nearest first; afterwards nothing can be offered. */
    void sort() {
        int count = size;
        while (size > 1) {
            swap(0, --size);
            sink(0);
        }
        size = count;
    }

    int size() {
        return size;
    }

    /** Row of the neighbour at {@code rank}, 0 the nearest once sorted. */
    int index(int rank) {
        return index[rank];
    }

    float similarity(int rank) {
        return similarity[rank];
    }

    private void place(int at, float value, int row) {
        similarity[at] = value;
        index[at] = row;
    }

    private boolean further(int a, int b) {
        return similarity[a] < similarity[b] || similarity[a] == similarity[b] && index[a] > index[b];
    }

    private void rise(int at) {
        while (at > 0 && further(at, (at - 1) / 2)) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void sink(int at) {
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && further(child + 1, child)) {
                child++;
            }
            if (!further(child, at)) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int a, int b) {
        float value = similarity[a];
        int row = index[a];
        place(a, similarity[b], index[b]);
        place(b, value, row);
    }
}
