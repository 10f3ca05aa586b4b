// Each kernel has one fault that the executor must report; those named ..._right are its repaired twins.
#include <cuda_bf16.h>
#include <cstdint>

// A tail that is not guarded.
extern "C" __global__ void out_of_bounds(float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = i;
}
extern "C" __global__ void out_of_bounds_right(float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = i;
}

extern "C" __global__ void before_the_start(float* y, const float* x) { y[threadIdx.x] = x[(int)threadIdx.x - 1]; }

// 16 bytes of a row whose length is not a multiple of 4.
extern "C" __global__ void misaligned(float* y, const float* x, int width) {
    float4 v = *reinterpret_cast<const float4*>(x + blockIdx.x * width);
    y[blockIdx.x] = v.x + v.y + v.z + v.w;
}

extern "C" __global__ void shared_out_of_bounds(float* y) {
    extern __shared__ float s[];
    s[threadIdx.x] = 1.f;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x];
}

// Adds to what nobody zeroed.
extern "C" __global__ void unzeroed(float* sum, const float* x) { atomicAdd(sum, x[threadIdx.x]); }

// The last four elements are never written.
extern "C" __global__ void uninitialised_shared(float* x) {
    __shared__ float s[64];
    if (threadIdx.x < 60) s[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    x[threadIdx.x] = s[63 - threadIdx.x];
}

// No barrier between writing and the first step of the reduction.
extern "C" __global__ void missing_barrier(float* sum, const float* x) {
    __shared__ float s[256];
    s[threadIdx.x] = x[threadIdx.x];
    for (int k = 128; k; k >>= 1) {
        if (threadIdx.x < k) s[threadIdx.x] += s[threadIdx.x + k];
        __syncthreads();
    }
    if (!threadIdx.x) *sum = s[0];
}
extern "C" __global__ void missing_barrier_right(float* sum, const float* x) {
    __shared__ float s[256];
    s[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    for (int k = 128; k; k >>= 1) {
        if (threadIdx.x < k) s[threadIdx.x] += s[threadIdx.x + k];
        __syncthreads();
    }
    if (!threadIdx.x) *sum = s[0];
}

// The buffer is filled again while others still read it.
extern "C" __global__ void reused_too_early(float* y, const float* x) {
    __shared__ float s[64];
    float a = 0;
    for (int k = 0; k < 4; k++) {
        s[threadIdx.x] = x[k * 64 + threadIdx.x];
        __syncthreads();
        a += s[63 - threadIdx.x];
    }
    y[threadIdx.x] = a;
}
extern "C" __global__ void reused_too_early_right(float* y, const float* x) {
    __shared__ float s[64];
    float a = 0;
    for (int k = 0; k < 4; k++) {
        s[threadIdx.x] = x[k * 64 + threadIdx.x];
        __syncthreads();
        a += s[63 - threadIdx.x];
        __syncthreads();
    }
    y[threadIdx.x] = a;
}

// All threads write one word.
extern "C" __global__ void all_write(int* y) {
    __shared__ int s;
    s = threadIdx.x;
    __syncthreads();
    y[threadIdx.x] = s;
}

// Lanes of one warp exchange numbers without __syncwarp.
extern "C" __global__ void missing_syncwarp(float* x) {
    __shared__ volatile float s[32];
    s[threadIdx.x] = x[threadIdx.x];
    x[threadIdx.x] = s[31 - threadIdx.x];
}
extern "C" __global__ void missing_syncwarp_right(float* x) {
    __shared__ volatile float s[64];
    s[threadIdx.x] = x[threadIdx.x];
    __syncwarp();
    x[threadIdx.x] = s[threadIdx.x ^ 5];
    __syncwarp();
    s[threadIdx.x ^ 1] = 0;
}

// A warp's barrier does not order other warps.
extern "C" __global__ void syncwarp_across_warps(float* x) {
    __shared__ volatile float s[64];
    s[threadIdx.x] = x[threadIdx.x];
    __syncwarp();
    x[threadIdx.x] = s[63 - threadIdx.x];
}

// One half of the warp syncs with itself, and reads what the other wrote.
extern "C" __global__ void half_syncwarp(float* x) {
    __shared__ volatile float s[32];
    s[threadIdx.x] = x[threadIdx.x];
    unsigned half = threadIdx.x < 16 ? 0xffffu : 0xffff0000u;
    __syncwarp(half);
    x[threadIdx.x] = s[31 - threadIdx.x];
}
extern "C" __global__ void half_syncwarp_right(float* x) {
    __shared__ volatile float s[32];
    s[threadIdx.x] = x[threadIdx.x];
    unsigned half = threadIdx.x < 16 ? 0xffffu : 0xffff0000u;
    __syncwarp(half);
    x[threadIdx.x] = s[threadIdx.x ^ 15];
}

// Counts by atomics, and reads the count before a barrier.
extern "C" __global__ void atomic_and_read(int* y) {
    __shared__ int count;
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
    atomicAdd(&count, 1);
    y[threadIdx.x] = *(volatile int*)&count;
}
extern "C" __global__ void atomic_and_read_right(int* y) {
    __shared__ int count;
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
    atomicAdd(&count, 1);
    __syncthreads();
    y[threadIdx.x] = count;
}

// A barrier that half of a warp never reaches.
extern "C" __global__ void divergent_barrier(float* x) {
    __shared__ float s[64];
    s[threadIdx.x] = x[threadIdx.x];
    if (threadIdx.x < 16) {
        __syncthreads();
        x[threadIdx.x] = s[threadIdx.x + 16];
    } else {
        s[threadIdx.x] += 1;
    }
}

// Some threads of a warp return early, the others come to a barrier.
extern "C" __global__ void exited_barrier(float* x, int n) {
    __shared__ float s[64];
    int i = threadIdx.x;
    if (i >= n) return;
    s[i] = x[i];
    __syncthreads();
    x[i] = s[n - 1 - i];
}

// Two barriers, half of the warp at each.
extern "C" __global__ void two_barriers(float* x) {
    __shared__ float s[64];
    if (threadIdx.x < 16) {
        s[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
    } else {
        s[threadIdx.x] = 2 * x[threadIdx.x];
        __syncthreads();
        s[threadIdx.x] *= 2;
    }
    x[threadIdx.x] = s[threadIdx.x];
}

// A shuffle from lanes that have left.
extern "C" __global__ void shuffle_from_exited(float* x, int n) {
    if (threadIdx.x >= n) return;
    float v = x[threadIdx.x];
    v += __shfl_down_sync(~0u, v, 16);
    x[threadIdx.x] = v;
}

// A shuffle whose mask names lanes that go elsewhere.
extern "C" __global__ void shuffle_in_a_branch(float* x) {
    float v = x[threadIdx.x];
    if (threadIdx.x < 16) {
        v += __shfl_xor_sync(0xffffu << 8, v, 1);
        x[threadIdx.x] = v;
    }
}

__device__ void copy16(void* to, const void* from) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from));
}
// An asynchronous copy that is read before it was waited for.
extern "C" __global__ void missing_wait(float* y, const float4* x) {
    __shared__ float4 s[32];
    copy16(&s[threadIdx.x], x + threadIdx.x);
    asm volatile("cp.async.commit_group;");
    y[threadIdx.x] = s[threadIdx.x].y;
}
extern "C" __global__ void missing_wait_right(float* y, const float4* x) {
    __shared__ float4 s[32];
    copy16(&s[threadIdx.x], x + threadIdx.x);
    asm volatile("cp.async.commit_group;");
    asm volatile("cp.async.wait_group 0;" ::: "memory");
    y[threadIdx.x] = s[threadIdx.x].y;
}
// Waits for its own copies only, and reads its neighbour's.
extern "C" __global__ void wait_without_barrier(float* y, const float4* x) {
    __shared__ float4 s[32];
    copy16(&s[threadIdx.x], x + threadIdx.x);
    asm volatile("cp.async.commit_group;");
    asm volatile("cp.async.wait_group 0;" ::: "memory");
    y[threadIdx.x] = s[threadIdx.x ^ 1].y;
}
// Waits for all but the newest group, and reads the newest.
extern "C" __global__ void wait_for_the_wrong_group(float* y, const float4* x) {
    __shared__ float4 s[2][32];
    for (int k = 0; k < 2; ++k) {
        copy16(&s[k][threadIdx.x], x + k * 32 + threadIdx.x);
        asm volatile("cp.async.commit_group;");
    }
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncthreads();
    y[threadIdx.x] = s[1][threadIdx.x].y;
}
extern "C" __global__ void wait_for_the_wrong_group_right(float* y, const float4* x) {
    __shared__ float4 s[2][32];
    for (int k = 0; k < 2; ++k) {
        copy16(&s[k][threadIdx.x], x + k * 32 + threadIdx.x);
        asm volatile("cp.async.commit_group;");
    }
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncthreads();
    y[threadIdx.x] = s[0][threadIdx.x].y;
}

// Neighbouring blocks write the same element.
extern "C" __global__ void blocks_overlap(float* y) { y[blockIdx.x * 31 + threadIdx.x] = threadIdx.x; }
extern "C" __global__ void blocks_overlap_right(float* y) { y[blockIdx.x * 32 + threadIdx.x] = threadIdx.x; }

// Every block reads what its neighbour overwrites.
extern "C" __global__ void shift_in_place(float* x) {
    int i = blockIdx.x * 32 + threadIdx.x;
    float v = x[i + 1];
    __syncthreads();
    x[i] = v;
}

// The last block reads the others' sums, which no fence has published.
extern "C" __global__ void missing_fence(float* total, float* partial, unsigned* done) {
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = blockIdx.x;
        if (atomicInc(done, gridDim.x - 1) == gridDim.x - 1) {
            float sum = 0.f;
            for (int i = 0; i < gridDim.x; ++i) sum += partial[i];
            *total = sum;
        }
    }
}

// Reads again what it wrote, through a pointer that promises nobody writes there.
extern "C" __global__ void restricted_alias(float* __restrict__ y, const float* __restrict__ x) {
    y[threadIdx.x + 1] = threadIdx.x;
    __syncthreads();
    y[threadIdx.x + 33 - (threadIdx.x == 31)] = x[31 - threadIdx.x];
}

// Waits for a block that may never run beside it.
extern "C" __global__ void spin(volatile int* flag) {
    while (*flag == 0) {
    }
}

// Warps wait at barriers of different branches.
extern "C" __global__ void barriers_by_warp(float* x) {
    __shared__ float s[64];
    if (threadIdx.x < 32) {
        s[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        x[threadIdx.x] = s[threadIdx.x + 32];
    } else {
        s[threadIdx.x] = 2 * x[threadIdx.x];
        __syncthreads();
        x[threadIdx.x] = 3 * s[threadIdx.x - 32];
    }
}

// Threads of one block read what their neighbours overwrite.
extern "C" __global__ void shift_in_block(float* x) {
    float v = x[threadIdx.x + 1];
    x[threadIdx.x] = v;
}
extern "C" __global__ void shift_in_block_right(float* x) {
    float v = x[threadIdx.x + 1];
    __syncthreads();
    x[threadIdx.x] = v;
}
