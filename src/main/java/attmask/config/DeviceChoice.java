package attmask.config;

/** Where the training runs. */
public enum DeviceChoice {
    /** CUDA if there is a usable GPU, else the CPU. */
    AUTO,
    CPU,
    CUDA
}
