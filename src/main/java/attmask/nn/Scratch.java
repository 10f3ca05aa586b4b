package attmask.nn;

import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * Working space that all blocks share, one after another.
 *
 * @param branch (R, D) a residual branch and its gradient
 * @param narrow (R, D) the gradient of what a branch starts from, or passes on the way
 * @param wide (R, ratio·D) the MLP's hidden gradient
 * @param packed (R, 3·D) the gradient of qkv; shares memory with wide
 */
record Scratch(Tensor branch, Tensor narrow, Tensor wide, Tensor packed) {
    static Scratch plan(Backend backend, Arena arena, int rows, int width, int mlpRatio, boolean training) {
        Tensor branch = arena.tensor(backend.activation(), rows, width);
        if (!training) {
            return new Scratch(branch, null, null, null);
        }
        Tensor narrow = arena.tensor(backend.activation(), rows, width);
        Tensor widest = arena.tensor(backend.activation(), Math.max(3, mlpRatio), rows, width);
        return new Scratch(
                branch,
                narrow,
                widest.rows(0, mlpRatio).view(rows, mlpRatio * width),
                widest.rows(0, 3).view(rows, 3 * width));
    }
}
