package attmask.comparison;

/**
 * What a part of a comparison was made with.
 *
 * @param command line
 * @param commit of the program
 * @param java its version
 * @param machine processor and device
 */
public record Making(String command, String commit, String java, String machine) {}
