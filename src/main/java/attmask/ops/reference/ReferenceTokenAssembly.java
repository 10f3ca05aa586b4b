package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.readBytes;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.TokenAssembly;
import attmask.tensor.Tensor;

/** {@link TokenAssembly}, token by token. */
final class ReferenceTokenAssembly extends TokenAssembly {
    @Override
    protected void computeForward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions) {
        int perImage = positions.dim(0);
        int width = positions.dim(1);
        double[] in = read(patches);
        double[] first = read(cls);
        double[] hidden = maskToken == null ? null : read(maskToken);
        byte[] masked = mask == null ? null : readBytes(mask);
        double[] position = read(positions);
        double[] out = new double[(int) tokens.count()];
        for (int row = 0; row < out.length / width; row++) {
            int t = row % perImage;
            int patch = row / perImage * (perImage - 1) + t - 1;
            for (int d = 0; d < width; d++) {
                double value;
                if (t == 0) {
                    value = first[d];
                } else if (masked != null && masked[patch] != 0) {
                    value = hidden[d];
                } else {
                    value = in[patch * width + d];
                }
                out[row * width + d] = value + position[t * width + d];
            }
        }
        write(tokens, out);
    }

    @Override
    protected void computeBackward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask) {
        int perImage = dpositions.dim(0);
        int width = dpositions.dim(1);
        double[] g = read(dtokens);
        byte[] masked = mask == null ? null : readBytes(mask);
        double[] din = new double[(int) dpatches.count()];
        double[] dfirst = read(dcls);
        double[] dhidden = dmaskToken == null ? null : read(dmaskToken);
        double[] dposition = read(dpositions);
        for (int row = 0; row < g.length / width; row++) {
            int t = row % perImage;
            int patch = row / perImage * (perImage - 1) + t - 1;
            for (int d = 0; d < width; d++) {
                double value = g[row * width + d];
                dposition[t * width + d] += value;
                if (t == 0) {
                    dfirst[d] += value;
                } else if (masked != null && masked[patch] != 0) {
                    dhidden[d] += value;
                } else {
                    din[patch * width + d] = value;
                }
            }
        }
        write(dpatches, din);
        write(dcls, dfirst);
        write(dpositions, dposition);
        if (dmaskToken != null) {
            write(dmaskToken, dhidden);
        }
    }
}
