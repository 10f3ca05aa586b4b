package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.tensor.BFloat16;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;

/** Numbers into tensors, out of them, and from one to another. */
final class Transfers {
    private static final int PIECE = 1 << 20;

    private final Driver driver;
    private final Kernels kernels;
    private final Driver.Kernel toBf16;
    private final Driver.Kernel toF32;

    Transfers(Kernels kernels) {
        this.kernels = kernels;
        driver = kernels.driver();
        toBf16 = kernels.kernel("cast", "cast_to_bf16");
        toF32 = kernels.kernel("cast", "cast_to_f32");
    }

    private interface Piece {
        void move(int at, int length);
    }

    /** Transfers go through one staging buffer of bounded size. */
    private static void pieces(int count, Tensor tensor, Piece piece) {
        int most = PIECE / tensor.type().bytes();
        for (int at = 0; at < count; at += most) {
            piece.move(at, Math.min(most, count - at));
        }
    }

    void write(Tensor tensor, float[] values, int from) {
        int count = Math.toIntExact(tensor.count());
        needs(from >= 0 && values.length - from >= count, "write", floating(tensor), values.length - from);
        pieces(count, tensor, (at, length) -> {
            ByteBuffer staging = staging(tensor, length);
            if (tensor.type() == DType.F32) {
                staging.asFloatBuffer().put(values, from + at, length);
            } else {
                for (int i = 0; i < length; i++) {
                    staging.putShort(2 * i, BFloat16.bits(values[from + at + i]));
                }
            }
            upload(tensor, at, staging);
        });
    }

    void write(Tensor tensor, double[] values) {
        needs(values.length == tensor.count(), "write", floating(tensor), values.length);
        pieces(values.length, tensor, (at, length) -> {
            ByteBuffer staging = staging(tensor, length);
            for (int i = 0; i < length; i++) {
                if (tensor.type() == DType.F32) {
                    staging.putFloat(4 * i, (float) values[at + i]);
                } else {
                    staging.putShort(2 * i, BFloat16.bits((float) values[at + i]));
                }
            }
            upload(tensor, at, staging);
        });
    }

    void write(Tensor tensor, int[] values, int count) {
        needs(count <= values.length && count <= tensor.count(), "write", typed(tensor, DType.I32), count);
        pieces(count, tensor, (at, length) -> {
            ByteBuffer staging = staging(tensor, length);
            staging.asIntBuffer().put(values, at, length);
            upload(tensor, at, staging);
        });
    }

    void write(Tensor tensor, byte[] values) {
        needs(values.length == tensor.count(), "write", typed(tensor, DType.U8), values.length);
        pieces(values.length, tensor, (at, length) -> {
            upload(tensor, at, staging(tensor, length).put(values, at, length).flip());
        });
    }

    void read(Tensor tensor, float[] values) {
        needs(values.length <= tensor.count(), "read", floating(tensor), values.length);
        pieces(values.length, tensor, (at, length) -> {
            ByteBuffer staging = download(tensor, at, length);
            if (tensor.type() == DType.F32) {
                staging.asFloatBuffer().get(values, at, length);
            } else {
                for (int i = 0; i < length; i++) {
                    values[at + i] = BFloat16.value(staging.getShort(2 * i));
                }
            }
        });
    }

    void read(Tensor tensor, double[] values) {
        needs(values.length <= tensor.count(), "read", floating(tensor), values.length);
        pieces(values.length, tensor, (at, length) -> {
            ByteBuffer staging = download(tensor, at, length);
            for (int i = 0; i < length; i++) {
                values[at + i] =
                        tensor.type() == DType.F32 ? staging.getFloat(4 * i) : BFloat16.value(staging.getShort(2 * i));
            }
        });
    }

    void read(Tensor tensor, int[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.I32), values.length);
        pieces(values.length, tensor, (at, length) -> {
            download(tensor, at, length).asIntBuffer().get(values, at, length);
        });
    }

    void read(Tensor tensor, byte[] values) {
        needs(values.length <= tensor.count(), "read", typed(tensor, DType.U8), values.length);
        pieces(values.length, tensor, (at, length) -> {
            download(tensor, at, length).get(values, at, length);
        });
    }

    private ByteBuffer staging(Tensor tensor, int length) {
        int bytes = length * tensor.type().bytes();
        return kernels.staging(bytes).limit(bytes);
    }

    private void upload(Tensor tensor, int at, ByteBuffer from) {
        driver.upload(Driver.Stream.MAIN, address(tensor, at), from);
    }

    private ByteBuffer download(Tensor tensor, int at, int length) {
        ByteBuffer staging = staging(tensor, length);
        driver.download(Driver.Stream.MAIN, staging, address(tensor, at));
        return staging.rewind();
    }

    private static long address(Tensor tensor, int element) {
        return at(tensor) + (long) element * tensor.type().bytes();
    }

    void zero(Tensor tensor) {
        if (tensor.count() > 0) {
            driver.fill(Driver.Stream.MAIN, at(tensor), (byte) 0, bytes(tensor));
        }
    }

    void copy(Tensor to, Tensor from) {
        needs(to.count() == from.count(), "copy", to, from.count());
        if (to.count() == 0) {
            return;
        }
        if (to.type() == from.type()) {
            driver.copy(Driver.Stream.MAIN, at(to), at(from), bytes(to));
        } else {
            typed(from, to.type() == DType.BF16 ? DType.F32 : DType.BF16);
            kernels.launch(
                    floating(to).type() == DType.BF16 ? toBf16 : toF32,
                    FlatLaunch.of(to.count()),
                    kernels.args().pointer(at(to)).pointer(at(from)).i64(to.count()));
        }
    }

    private static long bytes(Tensor tensor) {
        return tensor.count() * tensor.type().bytes();
    }

    private static Tensor floating(Tensor tensor) {
        return tensor.type() == DType.BF16 ? tensor : typed(tensor, DType.F32);
    }

    private static Tensor typed(Tensor tensor, DType type) {
        if (tensor.type() != type) {
            throw new IllegalArgumentException("cuda: " + tensor + " does not hold " + type);
        }
        return tensor;
    }

    private static void needs(boolean condition, String what, Tensor tensor, long count) {
        if (!condition) {
            throw new IllegalArgumentException("cuda " + what + ": " + tensor + " does not match " + count + " values");
        }
    }
}
