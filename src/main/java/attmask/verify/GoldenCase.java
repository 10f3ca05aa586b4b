package attmask.verify;

import attmask.checkpoint.SafeTensors;
import attmask.ops.Backend;

/** Runs the golden files of one kind through the product's own code. */
interface GoldenCase {
    /** Adds what it compared to {@code findings}. */
    void run(SafeTensors file, Backend backend, Findings findings);
}
