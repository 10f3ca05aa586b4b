package attmask.nn;

import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How the tokens of crops of different sizes are packed into the rows of one matrix, group after group, image after
 * image, [CLS] first. Row-wise layers then run once over all rows, with one matrix product for global and local crops;
 * only attention and positions look at the groups.
 */
public record TokenLayout(List<Crops> groups) {
    public TokenLayout {
        groups = List.copyOf(groups);
    }

    public static TokenLayout of(Crops... groups) {
        return new TokenLayout(List.of(groups));
    }

    /** R, all token rows. */
    public int rows() {
        return groups.stream().mapToInt(Crops::rows).sum();
    }

    public int images() {
        return groups.stream().mapToInt(Crops::images).sum();
    }

    /** Patch rows, that is all rows but the [CLS] ones. */
    public int patches() {
        return rows() - images();
    }

    /** The rows of each group of a tensor that has one entry a token row. */
    public List<Tensor> split(Tensor packed) {
        List<Tensor> parts = new ArrayList<>();
        int row = 0;
        for (Crops group : groups) {
            parts.add(packed.rows(row, group.rows()));
            row += group.rows();
        }
        return parts;
    }

    /** The entries of each group of a tensor that has one entry a patch row. */
    public List<Tensor> splitPatches(Tensor packed) {
        List<Tensor> parts = new ArrayList<>();
        int row = 0;
        for (Crops group : groups) {
            int patches = group.images() * group.grid().tokens();
            parts.add(packed.rows(row, patches));
            row += patches;
        }
        return parts;
    }

    /** The entries of each group of a tensor that has one entry an image. */
    public List<Tensor> splitImages(Tensor packed) {
        List<Tensor> parts = new ArrayList<>();
        int image = 0;
        for (Crops group : groups) {
            parts.add(packed.rows(image, group.images()));
            image += group.images();
        }
        return parts;
    }

    /** Row of each image's [CLS] token. */
    public int[] clsRows() {
        int[] rows = new int[images()];
        int row = 0;
        int i = 0;
        for (Crops group : groups) {
            for (int b = 0; b < group.images(); b++) {
                rows[i++] = row;
                row += group.tokens();
            }
        }
        return rows;
    }
}
