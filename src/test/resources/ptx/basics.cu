// Small kernels that use the executor's every part: vectors, shared memory, shuffles, divergence, local memory, tables.
#include <cstdint>

extern "C" __global__ void saxpy(float* __restrict__ y, const float* __restrict__ x, int n, float a) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] += a * x[i];
}

extern "C" __global__ void copy4(float4* y, const float4* x) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i];
}

// Sum of each block's 256 numbers.
extern "C" __global__ void block_sums(float* sums, const float* x) {
    __shared__ float partial[8];
    float v = x[blockIdx.x * 256 + threadIdx.x];
    for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(~0u, v, d);
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = v;
    __syncthreads();
    if (threadIdx.x == 0) {
        float sum = 0.f;
        for (int i = 0; i < 8; ++i) sum += partial[i];
        sums[blockIdx.x] = sum;
    }
}

// A column of a matrix: every lane reads a sector of its own.
extern "C" __global__ void column(float* y, const float* x, int stride) { y[threadIdx.x] = x[threadIdx.x * stride]; }

// Reads shared memory with a stride: conflicts.
extern "C" __global__ void strided(float* y, int stride) {
    __shared__ float s[1024];
    for (int i = threadIdx.x; i < 1024; i += 32) s[i] = i;
    __syncwarp();
    y[threadIdx.x] = s[threadIdx.x * stride];
}

// Loops, switches and breaks that lanes leave at different times; ends with a sum over the warp.
extern "C" __global__ void diverge(const int* __restrict__ x, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, acc = 0;
    unsigned v = x[i];
    for (int k = 0; k < n; ++k) {
        unsigned u = v + k * 7;
        int steps = 0;
        while (u > 1) {
            if (++steps > 40) goto out;
            if (u & 1) {
                if (u % 5 == 0) {
                    u -= 3;
                    continue;
                }
                u = 3 * u + 1;
            } else {
                u >>= 1;
            }
            if (u == 7u * k) break;
        }
        switch (u & 3) {
            case 0: acc += steps; break;
            case 1: acc ^= steps * k; break;
            case 2:
                if (acc & 1) continue;
            default: acc = acc * 3 + 1;
        }
        if ((acc & 63) == 17) {
            acc += __popc(u + k);
        } else if (acc < 0) {
            acc = -acc;
            continue;
        }
    }
out:
    int s = acc;
    for (int w = 16; w; w >>= 1) s += __shfl_xor_sync(~0u, s, w);
    y[i] = s ^ acc;
}

// An array that registers cannot hold, because it is indexed at run time.
extern "C" __global__ void local_array(int* y, const int* x) {
    int a[8];
    for (int i = 0; i < 8; ++i) a[i] = x[i];
    for (int i = 0; i < 8; ++i) {
        int j = a[i] & 7;
        int t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
    y[threadIdx.x] = a[threadIdx.x & 7];
}

__constant__ int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
__device__ int counter = 40;

extern "C" __global__ void module_variables(int* y) {
    y[threadIdx.x] = table[threadIdx.x & 7];
    if (threadIdx.x == 0) y[0] += atomicAdd(&counter, 2);
}

// Counts values of 0..15.
extern "C" __global__ void histogram(int* counts, const int* x, int n) {
    __shared__ int bins[16];
    if (threadIdx.x < 16) bins[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&bins[x[i]], 1);
    __syncthreads();
    if (threadIdx.x < 16) atomicAdd(&counts[threadIdx.x], bins[threadIdx.x]);
}

// The last block to finish adds up what all blocks wrote: ordered by fence and atomic.
extern "C" __global__ void last_block(float* total, float* partial, unsigned* done, const float* x) {
    __shared__ bool last;
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = x[blockIdx.x];
        __threadfence();
        last = atomicInc(done, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && threadIdx.x == 0) {
        __threadfence();
        float sum = 0.f;
        for (int i = 0; i < gridDim.x; ++i) sum += partial[i];
        *total = sum;
    }
}

// A sum whose bits depend on the order of warps and blocks.
extern "C" __global__ void float_atomics(float* sum) {
    atomicAdd(sum, 1.f / (1 + blockIdx.x * blockDim.x + threadIdx.x));
}
