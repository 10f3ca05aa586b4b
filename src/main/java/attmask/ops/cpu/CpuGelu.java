package attmask.ops.cpu;

import attmask.ops.Gelu;
import attmask.tensor.Tensor;

/** {@link Gelu} by oneDNN, in chunks of one size; the last chunk is padded in scratch memory. */
final class CpuGelu extends Gelu {
    private final Workers workers;

    CpuGelu(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x) {
        workers.flat(x.count(), (from, count, scratch) -> {
            Primitive gelu = scratch.primitives().geluForward();
            if (count == Workers.CHUNK) {
                gelu.run(Floats.of(x).at(from), Floats.of(y).at(from));
            } else {
                Floats values = padded(Floats.of(x), from, count, 0, scratch);
                gelu.run(values.at(0), values.at(0));
                unpad(Floats.of(y), from, count, values, scratch);
            }
        });
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor x) {
        workers.flat(x.count(), (from, count, scratch) -> {
            Primitive gelu = scratch.primitives().geluBackward();
            if (count == Workers.CHUNK) {
                gelu.run(Floats.of(x).at(from), Floats.of(dy).at(from), Floats.of(dx).at(from));
            } else {
                Floats values = padded(Floats.of(x), from, count, 0, scratch);
                Floats gradient = padded(Floats.of(dy), from, count, 1, scratch);
                gelu.run(values.at(0), gradient.at(0), gradient.at(0));
                unpad(Floats.of(dx), from, count, gradient, scratch);
            }
        });
    }

    /** A chunk in native scratch that begins with the given elements; what follows them does not matter. */
    private static Floats padded(Floats from, long at, int count, int slot, Scratch scratch) {
        Floats chunk = scratch.nativeFloats(slot, Workers.CHUNK);
        float[] values = scratch.floats(0, count);
        from.get(at, values, 0, count);
        chunk.put(0, values, 0, count);
        return chunk;
    }

    private static void unpad(Floats to, long at, int count, Floats chunk, Scratch scratch) {
        float[] values = scratch.floats(0, count);
        chunk.get(0, values, 0, count);
        to.put(at, values, 0, count);
    }
}
