package attmask.cuda;

/**
 * What a driver's device is.
 *
 * @param name for instance {@code NVIDIA H200}
 * @param major and {@code minor}: compute capability
 * @param processors multiprocessors
 * @param memoryBytes all of its memory
 * @param sharedBytesPerBlock most shared memory a block can ask for
 */
public record DeviceProperties(
        String name, int major, int minor, int processors, long memoryBytes, int sharedBytesPerBlock) {}
