package attmask.cuda.jcuda;

import attmask.cuda.Driver;
import jcuda.driver.CUfunction;

/** A kernel as the driver knows it. */
record Launchable(String name, CUfunction function) implements Driver.Kernel {}
