package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.setExceptionsEnabled;

import attmask.cuda.DeviceProperties;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;

/**
 * NVIDIA's driver library, bound to JCuda.
 *
 * @param version newest CUDA that it runs: 1000 · major + 10 · minor; 0 when it does not answer
 * @param devices of this machine, in the driver's order
 * @param missing one line saying why it cannot be used; null when it can
 */
record DriverLibrary(int version, List<DeviceProperties> devices, String missing) {
    private static final String BINDING = "JCudaDriver";
    private static final String DRIVER = "libcuda.so.1";

    /** Where containers and WSL put the driver when the dynamic loader has not been told. */
    private static final List<String> FOLDERS =
            List.of("/usr/local/nvidia/lib64", "/usr/lib/wsl/lib", "/usr/lib64-nvidia", "/run/opengl-driver/lib");

    /** Never throws, never prints. */
    static DriverLibrary bind() {
        if (!JniLibrary.supported()) {
            return missing("the CUDA path runs on Linux on x86_64, this is " + System.getProperty("os.name") + " on "
                    + System.getProperty("os.arch"));
        }
        try {
            load();
        } catch (LinkageError | RuntimeException | IOException e) {
            String reason = JniLibrary.reason(e);
            return missing(
                    reason.contains(DRIVER)
                            ? "no NVIDIA driver (" + reason + "); install it, nvidia-smi then lists the GPU"
                            : "JCuda does not load: " + reason);
        }
        return ask();
    }

    private static DriverLibrary missing(String reason) {
        return new DriverLibrary(0, List.of(), reason);
    }

    private static void load() throws IOException {
        byte[] library = JniLibrary.bytes(BINDING);
        try {
            JniLibrary.load(BINDING, library, DriverLibrary::initialise);
        } catch (UnsatisfiedLinkError e) {
            if (!loadElsewhere()) {
                throw e;
            }
            JniLibrary.load(BINDING, library, DriverLibrary::initialise);
        }
    }

    private static void initialise() {
        // Answers are checked and told here, with what was asked.
        setExceptionsEnabled(false);
    }

    private static boolean loadElsewhere() {
        for (String folder : FOLDERS) {
            Path file = Path.of(folder, DRIVER);
            if (Files.exists(file)) {
                System.load(file.toString());
                return true;
            }
        }
        return false;
    }

    private static DriverLibrary ask() {
        int[] number = new int[1];
        int answer = cuInit(0);
        if (answer != 0) {
            return missing("the NVIDIA driver does not start: cuInit: " + Status.text(answer));
        }
        cuDriverGetVersion(number);
        int version = number[0];
        answer = cuDeviceGetCount(number);
        if (answer != 0 || number[0] == 0) {
            String why = answer == 0 ? "" : " (" + Status.text(answer) + ")";
            return new DriverLibrary(version, List.of(), "the NVIDIA driver sees no GPU" + why);
        }
        List<DeviceProperties> devices = new ArrayList<>();
        for (int i = 0; i < number[0]; i++) {
            devices.add(properties(device(i)));
        }
        return new DriverLibrary(version, List.copyOf(devices), null);
    }

    static CUdevice device(int i) {
        CUdevice device = new CUdevice();
        Status.check(cuDeviceGet(device, i), "cuDeviceGet of device " + i);
        return device;
    }

    static DeviceProperties properties(CUdevice device) {
        byte[] name = new byte[256];
        long[] bytes = new long[1];
        Status.check(cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        Status.check(cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
        return new DeviceProperties(
                new String(name, StandardCharsets.UTF_8)
                        .replaceFirst("\0.*", "")
                        .strip(),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                bytes[0],
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        Status.check(
                cuDeviceGetAttribute(value, which, device),
                "cuDeviceGetAttribute " + CUdevice_attribute.stringFor(which));
        return value[0];
    }
}
