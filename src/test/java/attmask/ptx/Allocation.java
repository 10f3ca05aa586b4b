package attmask.ptx;

import java.util.Arrays;

/**
 * A piece of device memory with its shadows: which bytes were ever written, and who of the running launch wrote and
 * read what last. The latter are kept for pages of 64 KB, made when first touched, at the granularity of the
 * kernel's smallest access.
 */
final class Allocation {
    private static final int PAGE_BITS = 16;
    private static final int PAGE = 1 << PAGE_BITS;

    final long base;
    final byte[] data;
    /** 1 for bytes that hold something. */
    final byte[] written;

    private final Page[] pages;

    /** Stamps of {@link BlockOrder}, for each granule of a page. */
    private static final class Page {
        final int shift;
        final long[] writers;
        final long[] readers;

        Page(int shift) {
            this.shift = shift;
            writers = new long[PAGE >> shift];
            readers = new long[PAGE >> shift];
        }
    }

    Allocation(long base, int bytes) {
        this.base = base;
        data = new byte[bytes];
        written = new byte[bytes];
        pages = new Page[(bytes >> PAGE_BITS) + 1];
    }

    /** No stamp of an earlier launch counts any more. */
    void forgetStamps() {
        Arrays.fill(pages, null);
    }

    private Page page(int at, int shift) {
        Page page = pages[at >> PAGE_BITS];
        if (page == null || page.shift > shift) {
            page = new Page(shift);
            pages[at >> PAGE_BITS] = page;
        }
        return page;
    }

    /**
     * Notes that a thread of the running block reads some bytes, all in one page.
     *
     * @param constant whether it promised that nobody writes them during the launch, not even itself
     * @return 0, or the stamp of the write it races with
     */
    long read(int at, int bytes, int thread, boolean constant, BlockOrder order) {
        Page page = page(at, order.shift());
        int from = (at & PAGE - 1) >> page.shift;
        int to = (at + bytes - 1 & PAGE - 1) >> page.shift;
        long floor = order.floor();
        long mine = order.stamp(thread);
        for (int g = from; g <= to; g++) {
            long writer = page.writers[g];
            if (writer >= floor && (constant || order.races(writer, thread, false))) {
                return writer;
            }
            long reader = page.readers[g];
            if (reader != mine) {
                page.readers[g] = reader < floor ? mine : order.joined(reader, thread);
            }
        }
        return 0;
    }

    /** The same for a write; an atomic one races with no other atomic one. */
    long write(int at, int bytes, int thread, boolean atomic, BlockOrder order) {
        Page page = page(at, order.shift());
        int from = (at & PAGE - 1) >> page.shift;
        int to = (at + bytes - 1 & PAGE - 1) >> page.shift;
        long floor = order.floor();
        long mine = order.stamp(thread) | (atomic ? ThreadOrder.ATOMIC : 0);
        for (int g = from; g <= to; g++) {
            long writer = page.writers[g];
            long reader = page.readers[g];
            // The stamps stay as they are, so that whoever looks again sees the race too.
            if (writer >= floor && order.races(writer, thread, atomic)) {
                return writer;
            }
            if (reader >= floor && order.races(reader, thread, false)) {
                return reader;
            }
            page.writers[g] = atomic ? order.joined(writer, thread) | ThreadOrder.ATOMIC : mine;
        }
        return 0;
    }

    void markWritten(int at, int bytes) {
        Arrays.fill(written, at, at + bytes, (byte) 1);
    }

    /** The first byte of a span that nobody wrote, or −1. */
    int unwritten(int at, int bytes) {
        int i = at;
        int end = at + bytes;
        while (end - i >= 16 && Bytes.all(written, i, 16)) {
            i += 16;
        }
        while (i < end && written[i] == 1) {
            i++;
        }
        return i < end ? i : -1;
    }
}
