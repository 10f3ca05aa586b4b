package attmask.ops.cuda;

import static attmask.ops.cuda.Kernels.at;

import attmask.cuda.Driver;
import attmask.cuda.LaunchConfig;
import attmask.ops.Augment;
import attmask.ops.BoxBlur;
import attmask.ops.ResizeTaps;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** {@link Augment} on the GPU: kernels/augment.cu, three launches for up to 65,535 crops. */
final class CudaAugment extends Augment {
    private static final int FLIP = 1;
    private static final int GREY = 2;
    private static final int SOLARISE = 4;
    /** Of a crop in the table, and bits of a change of colour in it. */
    private static final int CROP_BYTES = 80;

    private static final int CHANGE_BITS = 4;
    /** Blocks that a grid has in y. */
    private static final int MOST_CROPS = 65_535;

    private static final int TAPS_THREADS = 128;
    private static final int TILE = 32;
    private static final int TILE_THREADS = 256;
    private static final int THREADS = 512;
    private static final int LEVELS = 256;

    private final Kernels kernels;
    private final Driver.Kernel taps;
    private final Driver.Kernel resample;
    private final Driver.Kernel finish;
    private final DeviceBuffer table;
    /** Tables of taps and pixels. Not the ops' scratch: should it grow, graphs of the step keep their addresses. */
    private final DeviceBuffer work;

    private final DeviceBuffer levels;
    private boolean levelsWritten;

    CudaAugment(Kernels kernels) {
        this.kernels = kernels;
        taps = kernels.kernel("augment", "augment_taps");
        resample = kernels.kernel("augment", "augment_resample");
        finish = kernels.kernel("augment", "augment_finish");
        table = kernels.buffer();
        work = kernels.buffer();
        levels = kernels.buffer();
    }

    @Override
    protected void computeForward(Tensor crops, Tensor images, List<Crop> list) {
        for (int from = 0; from < list.size(); from += MOST_CROPS) {
            launch(crops, images, list.subList(from, Math.min(from + MOST_CROPS, list.size())));
        }
    }

    private void launch(Tensor crops, Tensor images, List<Crop> list) {
        int height = crops.dim(2);
        int width = crops.dim(3);
        int count = list.size();
        int bytes = count * CROP_BYTES;
        ByteBuffer records = kernels.staging(bytes);
        long ints = write(records, list, width, height);
        long address = table.ofAtLeast(bytes);
        kernels.driver().upload(Driver.Stream.MAIN, address, records.flip());
        long normalised = normalised();
        long tablesBytes = roundedUp(ints * Integer.BYTES);
        long tables = work.ofAtLeast(tablesBytes + pixelBytes(count, height, width));
        long pixels = tables + tablesBytes;
        kernels.launch(
                taps,
                new LaunchConfig(ceiling(width + height, TAPS_THREADS), count, 1, TAPS_THREADS, 1, 0),
                kernels.args().pointer(tables).pointer(address).i32(width).i32(height));
        kernels.launch(
                resample,
                new LaunchConfig(ceiling(width, TILE) * ceiling(height, TILE), count, 1, TILE_THREADS, 1, 0),
                kernels.args()
                        .pointer(pixels)
                        .pointer(at(images))
                        .pointer(tables)
                        .pointer(address)
                        .i32(width)
                        .i32(height));
        kernels.launch(
                finish,
                LaunchConfig.of(count, THREADS),
                kernels.args()
                        .pointer(at(crops))
                        .pointer(pixels)
                        .pointer(normalised)
                        .pointer(address)
                        .i32(width)
                        .i32(height));
    }

    /** Two images of bytes for each crop. */
    private static long pixelBytes(int count, int height, int width) {
        return 6L * count * width * height;
    }

    @Override
    public long workBytes(int crops, int height, int width, int largestSide) {
        int count = Math.min(crops, MOST_CROPS);
        long ints = count * (tableInts(largestSide, width) + tableInts(largestSide, height));
        return roundedUp(ints * Integer.BYTES) + pixelBytes(count, height, width) + (long) count * CROP_BYTES;
    }

    /** Of a table of taps from so many pixels to {@code size}. */
    private static long tableInts(int from, int size) {
        return (2L + ResizeTaps.most(from, size)) * size;
    }

    /** The tables' size goes with the images'; in powers of two the memory soon stops growing. */
    private static long roundedUp(long bytes) {
        return 2 * Long.highestOneBit(bytes);
    }

    private static int ceiling(int count, int size) {
        return (count + size - 1) / size;
    }

    /** The crops as kernels/augment.cu reads them; gives the ints that all their tables of taps take. */
    private static long write(ByteBuffer to, List<Crop> list, int width, int height) {
        long ints = 0;
        for (Crop crop : list) {
            Image image = crop.image();
            int across = ResizeTaps.most(crop.width(), width);
            int down = ResizeTaps.most(crop.height(), height);
            to.putLong(image.offset() + 3 * ((long) crop.top() * image.width() + crop.left()))
                    .putLong(ints)
                    .putInt(image.width())
                    .putInt(crop.width())
                    .putInt(crop.height())
                    .putInt(crop.row())
                    .putInt((crop.flip() ? FLIP : 0) | (crop.grey() ? GREY : 0) | (crop.solarise() ? SOLARISE : 0));
            writeColours(to, crop.colours());
            BoxBlur box = BoxBlur.of(crop.blur());
            to.putInt(box.radius()).putInt(box.inner()).putInt(box.outer());
            to.putInt(across).putInt(down).putInt(0); // to a multiple of 8 bytes
            ints += tableInts(crop.width(), width) + tableInts(crop.height(), height);
        }
        return ints;
    }

    private static void writeColours(ByteBuffer to, List<Colour> colours) {
        int changes = 0;
        for (int i = 0; i < colours.size(); i++) {
            changes |= (colours.get(i).change().ordinal() + 1) << CHANGE_BITS * i;
        }
        to.putInt(changes);
        for (int i = 0; i < MOST_CHANGES; i++) {
            if (i < colours.size() && colours.get(i).change() == Change.HUE) {
                to.putInt(colours.get(i).hueSteps());
            } else {
                to.putFloat(i < colours.size() ? (float) colours.get(i).amount() : 0);
            }
        }
    }

    /** What each value of each channel becomes, (3, 256); rounded from double precision as on the CPU. */
    private long normalised() {
        long levelsAt = levels.ofAtLeast(3 * LEVELS * Float.BYTES);
        if (!levelsWritten) {
            ByteBuffer values = kernels.staging(3 * LEVELS * Float.BYTES);
            for (int i = 0; i < 3 * LEVELS; i++) {
                values.putFloat((float) normalised(i / LEVELS, i % LEVELS));
            }
            kernels.driver().upload(Driver.Stream.MAIN, levelsAt, values.flip());
            levelsWritten = true;
        }
        return levelsAt;
    }
}
