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

    /** The same for a call on memory; only a failure makes its text. */
    static void check(int answer, String call, long bytes, long address) {
        if (answer != CUresult.CUDA_SUCCESS) {
            check(answer, call + " of " + bytes + " bytes at 0x" + Long.toHexString(address));
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
