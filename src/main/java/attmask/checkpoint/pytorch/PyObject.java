package attmask.checkpoint.pytorch;

/**
 * Something of an allowed class that the weights do not depend on, such as a number of NumPy or the command's arguments:
 * only its class is kept.
 *
 * @param className such as {@code argparse.Namespace}
 */
record PyObject(String className) {}
