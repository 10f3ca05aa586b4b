package attmask.ops.cpu;

/** Rows {@code row .. row+rows-1} and columns {@code column .. column+columns-1} of a result. */
record Tile(int row, int rows, int column, int columns) {
    interface Work {
        void run(Tile tile, Scratch scratch);
    }

    /** Cuts a result into tiles, each one on one thread; the last ones may be smaller. */
    static void each(Workers workers, int rows, int tileRows, int columns, int tileColumns, Work work) {
        int across = Workers.chunks(columns, tileColumns);
        workers.each(Math.multiplyExact(Workers.chunks(rows, tileRows), across), (item, scratch) -> {
            int row = item / across * tileRows;
            int column = item % across * tileColumns;
            Tile tile = new Tile(row, Math.min(tileRows, rows - row), column, Math.min(tileColumns, columns - column));
            work.run(tile, scratch);
        });
    }

    /** Size of parts, a multiple of {@code step}, when {@code count} is cut evenly into parts of {@code most} at most. */
    static int even(int count, int most, int step) {
        int part = Workers.chunks(count, Workers.chunks(count, most));
        return Workers.chunks(part, step) * step;
    }

    /** Where it begins in a matrix whose rows are {@code width} apart. */
    long start(int width) {
        return (long) row * width + column;
    }
}
