package attmask.cuda;

/** A piece of work for the main stream, by value: equal calls do the same. */
sealed interface Call {
    /** Asks the driver for it; {@code args} is overwritten. */
    void issue(Driver driver, Args args);

    /** A kernel with its arguments. */
    record Launch(Driver.Kernel kernel, LaunchConfig config, Args.Copy values) implements Call {
        @Override
        public void issue(Driver driver, Args args) {
            driver.launch(Driver.Stream.MAIN, kernel, config, args.set(values));
        }
    }

    /** As {@link Driver#gemm}. */
    record Gemm(
            GemmType type,
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc)
            implements Call {
        @Override
        public void issue(Driver driver, Args args) {
            driver.gemm(Driver.Stream.MAIN, type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        }
    }

    /** As {@link Driver#copy}. */
    record Copy(long to, long from, long bytes) implements Call {
        @Override
        public void issue(Driver driver, Args args) {
            driver.copy(Driver.Stream.MAIN, to, from, bytes);
        }
    }

    /** As {@link Driver#fill}. */
    record Fill(long to, byte value, long bytes) implements Call {
        @Override
        public void issue(Driver driver, Args args) {
            driver.fill(Driver.Stream.MAIN, to, value, bytes);
        }
    }
}
