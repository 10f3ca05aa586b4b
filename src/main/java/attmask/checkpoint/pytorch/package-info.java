/**
 * PyTorch's files, read without running anything in them.
 *
 * <p>A file of {@code torch.save} is a pickle, a program for a stack machine that may call any function of any Python
 * module, and the tensors' numbers beside it. The reader here knows the opcodes that {@code torch.save} writes and the
 * few classes of {@link attmask.checkpoint.pytorch.PickleClasses}; any other name ends the reading. It takes no more
 * memory than a fixed number of objects and the numbers that are really in the file.
 */
package attmask.checkpoint.pytorch;
