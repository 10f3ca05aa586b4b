// bfloat16 on tensor cores: asynchronous copies to swizzled tiles, ldmatrix, mma.sync m16n8k16.
#pragma once
#include "bf16.cuh"

namespace attmask {

// 16 bytes from global to shared memory, zeros unless `inside`.
__device__ __forceinline__ void copy_async(uint32_t to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(to), "l"(from), "r"(inside ? 16 : 0)
                 : "memory");
}

__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;\n" ::: "memory"); }

__device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_group 0;\n" ::: "memory"); }

// Four 8×8 matrices; lane i gives the address of row i % 8 of matrix i / 8.
__device__ __forceinline__ void load_matrices(uint32_t (&to)[4], uint32_t from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

__device__ __forceinline__ void load_transposed(uint32_t (&to)[4], uint32_t from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

// c (16×8) += a (16×16) · b (16×8).
__device__ __forceinline__ void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};\n"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// A tile of rows of WIDTH (32 or 64) bfloat16 in shared memory, in pieces of 16 bytes. A row's pieces are permuted so
// that the same piece of eight successive rows lies in eight different groups of banks.
template <int WIDTH>
struct Tile {
    static constexpr unsigned PIECES = WIDTH / 8;
    static constexpr unsigned ROW_BYTES = 2 * WIDTH;

    // Rows 8 apart are permuted alike: offset(8·i + row, piece) is 8·i·ROW_BYTES + offset(row, piece).
    static __device__ __forceinline__ unsigned offset(unsigned row, unsigned piece) {
        const unsigned turn = WIDTH == 64 ? row % 8 : row / 2 % 4;
        return row * ROW_BYTES + (piece ^ turn) * 16;
    }

    // Rows first .. first+ROWS-1 of a (count, WIDTH) matrix; zeros beyond.
    template <int ROWS, int THREADS>
    static __device__ __forceinline__ void copy(
        uint32_t to, const Bf16* __restrict__ matrix, int stride, int first, int count) {
        constexpr int AT_ONCE = THREADS / PIECES;
        static_assert(ROWS % AT_ONCE == 0 && AT_ONCE % 8 == 0);
        const unsigned row = threadIdx.x / PIECES;
        const unsigned piece = threadIdx.x % PIECES;
        const Bf16* from = matrix + static_cast<ptrdiff_t>(first + static_cast<int>(row)) * stride + piece * 8;
        to += offset(row, piece);
#pragma unroll
        for (int i = 0; i < ROWS; i += AT_ONCE) {
            const bool inside = first + static_cast<int>(row) + i < count;
            copy_async(to + i * ROW_BYTES, inside ? from : matrix, inside);
            from += AT_ONCE * stride;
        }
    }

    // Rows row .. row+15, elements 16·k .. 16·k+15, as the left factor. Here and below row is a multiple of 8.
    static __device__ __forceinline__ void left(uint32_t (&to)[4], uint32_t tile, unsigned row, unsigned k) {
        const unsigned lane = threadIdx.x % 32;
        load_matrices(to, tile + row * ROW_BYTES + offset(lane % 16, 2 * k + lane / 16));
    }

    // The same transposed, as two right factors (16×8): to[0], to[1] for rows row .. row+7, to[2], to[3] for the next.
    static __device__ __forceinline__ void right_transposed(
        uint32_t (&to)[4], uint32_t tile, unsigned row, unsigned k) {
        const unsigned lane = threadIdx.x % 32;
        load_matrices(to, tile + row * ROW_BYTES + offset(lane % 8 + lane / 16 * 8, 2 * k + lane / 8 % 2));
    }

    // Rows row .. row+15 as they are, as two right factors: elements 16·n .. 16·n+7, then the following eight.
    static __device__ __forceinline__ void right(uint32_t (&to)[4], uint32_t tile, unsigned row, unsigned n) {
        const unsigned lane = threadIdx.x % 32;
        load_transposed(to, tile + row * ROW_BYTES + offset(lane % 16, 2 * n + lane / 16));
    }
};

}  // namespace attmask
