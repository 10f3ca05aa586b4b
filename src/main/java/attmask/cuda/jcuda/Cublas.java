package attmask.cuda.jcuda;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.jcublas.JCublas2.cublasCreate;
import static jcuda.jcublas.JCublas2.cublasDestroy;
import static jcuda.jcublas.JCublas2.cublasGemmEx_new;
import static jcuda.jcublas.JCublas2.cublasSetMathMode;
import static jcuda.jcublas.JCublas2.cublasSetStream;
import static jcuda.jcublas.JCublas2.cublasSetWorkspace;

import attmask.cuda.CudaException;
import attmask.cuda.GemmType;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS for one stream, with a workspace of its own: then the same product gives the same bits in every run (cuBLAS
 * manual, "Results reproducibility").
 */
final class Cublas implements AutoCloseable {
    /** What NVIDIA recommends for Hopper; smaller GPUs use what they need of it. */
    private static final long WORKSPACE_BYTES = 32L << 20;

    private final DevicePointers pointers;
    private final cublasHandle handle = new cublasHandle();
    private final CUdeviceptr workspace = new CUdeviceptr();
    private final HostMemory scalars = new HostMemory(2 * Float.BYTES);
    private final ByteBuffer values = scalars.buffer();
    private final Pointer alphaPointer = scalars.at(0);
    private final Pointer betaPointer = scalars.at(Float.BYTES);

    Cublas(CUstream stream, DevicePointers pointers) {
        this.pointers = pointers;
        check(cublasCreate(handle), "cublasCreate");
        Status.check(cuMemAlloc(workspace, WORKSPACE_BYTES), "cuMemAlloc of cuBLAS's workspace");
        // In this order: a new stream takes the workspace away.
        check(cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream");
        check(cublasSetWorkspace(handle, workspace, WORKSPACE_BYTES), "cublasSetWorkspace");
        // No TF32 unless a product asks for it, and sums of bfloat16 products stay float32 throughout.
        int mode = cublasMath.CUBLAS_DEFAULT_MATH | cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
        check(cublasSetMathMode(handle, mode), "cublasSetMathMode");
    }

    /** As {@link attmask.cuda.Driver#gemm}. */
    void gemm(
            GemmType type,
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc) {
        values.putFloat(0, alpha);
        values.putFloat(Float.BYTES, beta);
        int answer = cublasGemmEx_new(
                handle,
                operation(transposeA),
                operation(transposeB),
                m,
                n,
                k,
                alphaPointer,
                pointers.at(a),
                factors(type),
                lda,
                pointers.at(b),
                factors(type),
                ldb,
                betaPointer,
                pointers.at(c),
                result(type),
                ldc,
                compute(type),
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        if (answer != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            String call = "cublasGemmEx(" + type + (transposeA ? ", Aᵀ" : ", A") + (transposeB ? "Bᵀ" : "B") + ", m "
                    + m
                    + ", n " + n + ", k " + k + ", lda " + lda + ", ldb " + ldb + ", ldc " + ldc + ", a 0x"
                    + Long.toHexString(a) + ", b 0x" + Long.toHexString(b) + ", c 0x" + Long.toHexString(c) + ")";
            check(answer, call);
        }
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static int factors(GemmType type) {
        return switch (type) {
            case F32, TF32 -> cudaDataType.CUDA_R_32F;
            case BF16, BF16_TO_F32 -> cudaDataType.CUDA_R_16BF;
        };
    }

    private static int result(GemmType type) {
        return type == GemmType.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F;
    }

    private static int compute(GemmType type) {
        return type == GemmType.TF32
                ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
                : cublasComputeType.CUBLAS_COMPUTE_32F;
    }

    private static void check(int answer, String call) {
        if (answer != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new CudaException(call + ": " + cublasStatus.stringFor(answer));
        }
    }

    @Override
    public void close() {
        cublasDestroy(handle);
        cuMemFree(workspace);
        scalars.close();
    }
}
