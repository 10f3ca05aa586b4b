package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuFuncGetAttribute;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadDataJIT;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import attmask.cuda.CudaException;
import attmask.cuda.Driver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JITOptions;

/** PTX that the driver has compiled for its device. */
final class Modules implements AutoCloseable {
    private static final int LOG_BYTES = 1 << 14;

    private final int sharedBytesPerBlock;
    private final List<Loaded> loaded = new ArrayList<>();

    Modules(int sharedBytesPerBlock) {
        this.sharedBytesPerBlock = sharedBytesPerBlock;
    }

    /** @throws CudaException with what the driver's compiler said */
    Driver.Module load(String name, String ptx) {
        JITOptions options = new JITOptions();
        options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
        options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
        CUmodule module = new CUmodule();
        byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
        int answer = cuModuleLoadDataJIT(module, Pointer.to(text), options);
        if (answer != CUresult.CUDA_SUCCESS) {
            String log = options.getString(CUjit_option.CU_JIT_ERROR_LOG_BUFFER);
            String said = log == null ? "" : log.replace('\0', ' ').strip().replaceAll("\\s*\\R\\s*", "; ");
            throw new CudaException("cuModuleLoadDataEx of " + name + ".ptx: " + Status.text(answer)
                    + (said.isEmpty() ? "" : " (" + said + ")"));
        }
        Loaded result = new Loaded(name, module);
        loaded.add(result);
        return result;
    }

    Driver.Kernel kernel(Driver.Module module, String name) {
        Loaded from = (Loaded) module;
        CUfunction function = new CUfunction();
        Status.check(
                cuModuleGetFunction(function, from.module(), name),
                "cuModuleGetFunction of " + name + " in " + from.name());
        int[] fixed = new int[1];
        Status.check(
                cuFuncGetAttribute(fixed, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function),
                "cuFuncGetAttribute of " + name);
        // More than 48 KB must be allowed first; what a launch asks for still decides.
        int dynamic = sharedBytesPerBlock - fixed[0];
        Status.check(
                cuFuncSetAttribute(
                        function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, dynamic),
                "cuFuncSetAttribute of " + name + " to " + dynamic + " bytes of shared memory");
        return new Launchable(name, function);
    }

    @Override
    public void close() {
        loaded.forEach(each -> cuModuleUnload(each.module()));
    }

    private record Loaded(String name, CUmodule module) implements Driver.Module {}
}
