package attmask.ops;

/**
 * Where one parameter lies in the flat tensors of parameters, gradients and optimiser state.
 *
 * @param offset first element
 * @param length number of elements
 */
public record Segment(long offset, int length) {}
