package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuGetErrorString;

import attmask.cuda.CudaException;
import jcuda.driver.CUresult;

/** What the driver's calls answer. */
final class Status {
    private Status() {}

    /** @throws CudaException if the answer is not success */
    static void check(int answer, String call) {
        if (answer != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call + ": " + text(answer));
        }
    }

    /** Name and text, such as {@code CUDA_ERROR_NO_DEVICE, no CUDA-capable device is detected}. */
    static String text(int answer) {
        String[] name = new String[1];
        String[] text = new String[1];
        cuGetErrorName(answer, name);
        cuGetErrorString(answer, text);
        String known = name[0] == null ? CUresult.stringFor(answer) : name[0];
        return text[0] == null ? known : known + ", " + text[0];
    }
}
