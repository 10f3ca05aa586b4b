package attmask.config;

/** Who makes the crops of a training step. They are the same either way. */
public enum AugmentOn {
    /** A GPU, where training runs on one; else the threads that load images. */
    AUTO,
    /** The threads that load images. */
    CPU,
    /** The device that training runs on. */
    DEVICE;

    /** @param besideTheHost true if the device computes while the host does something else */
    public boolean isDevice(boolean besideTheHost) {
        return this == DEVICE || (this == AUTO && besideTheHost);
    }
}
