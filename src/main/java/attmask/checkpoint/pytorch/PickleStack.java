package attmask.checkpoint.pytorch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The stack and the memo of a pickle's machine; what does not fit is an error, not a crash. */
final class PickleStack {
    /** A full checkpoint of a ViT-L has some forty thousand. */
    static final int MOST_OBJECTS = 1 << 20;

    private static final Object MARK = new Object();

    private final PickleInput input;
    private final List<Object> items = new ArrayList<>();
    private final Map<Long, Object> memo = new LinkedHashMap<>();
    private int objects;

    PickleStack(PickleInput input) {
        this.input = input;
    }

    void push(Object value) {
        spend(1);
        items.add(value);
    }

    /** Counts work or memory that follows from the pickle, so that a short one cannot ask for much. */
    void spend(int count) {
        objects += count;
        if (objects > MOST_OBJECTS || objects < 0) {
            throw input.damaged("it has more than " + MOST_OBJECTS + " objects");
        }
    }

    void mark() {
        push(MARK);
    }

    Object pop() {
        if (items.isEmpty() || items.get(items.size() - 1) == MARK) {
            throw input.damaged("it takes more from its stack than is there");
        }
        return items.remove(items.size() - 1);
    }

    Object top() {
        Object top = pop();
        items.add(top);
        return top;
    }

    /** The values above the last mark, which goes too. */
    List<Object> popToMark() {
        int mark = items.lastIndexOf(MARK);
        if (mark < 0) {
            throw input.damaged("it has no mark where one is due");
        }
        List<Object> above = items.subList(mark + 1, items.size());
        List<Object> values = new ArrayList<>(above);
        items.subList(mark, items.size()).clear();
        return values;
    }

    <T> T pop(Class<T> type, String what) {
        return expect(pop(), type, what);
    }

    <T> T top(Class<T> type, String what) {
        return expect(top(), type, what);
    }

    private <T> T expect(Object value, Class<T> type, String what) {
        if (!type.isInstance(value)) {
            throw input.damaged("it has something else where " + what + " is due");
        }
        return type.cast(value);
    }

    void memoize(long key) {
        spend(1);
        memo.put(key, top());
    }

    void memoize() {
        memoize(memo.size());
    }

    void recall(long key) {
        if (!memo.containsKey(key)) {
            throw input.damaged("it recalls an object that it has not stored");
        }
        push(memo.get(key));
    }

    /** The one value left at the end. */
    Object result() {
        Object result = pop();
        if (!items.isEmpty()) {
            throw input.damaged("it leaves more than one object");
        }
        return result;
    }
}
