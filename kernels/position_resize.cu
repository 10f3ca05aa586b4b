// Position embeddings for another grid: row 0, [CLS], is copied, the patch rows are resized bicubically (a = −0.75) by
// the taps of attmask.ops.BicubicTaps. positions (1 + from_height·from_width, D), out (1 + to_height·to_width, D).
#include "row_threads.cuh"

using namespace attmask;

struct Taps {
    int index[4];
    float weight[4];
};

// Output i of one axis reads around (i + 0.5)·from/(to + 0.1) − 0.5 = above / below with whole numbers: the split into
// floor and fraction is exact.
__device__ __forceinline__ Taps taps(int i, int from, int to) {
    const int below = 2 * (10 * to + 1);
    const int above = 10 * from * (2 * i + 1) - below / 2;
    const int floor = above >= 0 ? above / below : -((below - 1 - above) / below);
    const float t = float(above - floor * below) / float(below);
    const float a = -0.75f;
    const auto near = [a](float x) { return ((a + 2.f) * x - (a + 3.f)) * x * x + 1.f; };
    const auto far = [a](float x) { return a * (((x - 5.f) * x + 8.f) * x - 4.f); };
    Taps result = {{}, {far(1.f + t), near(t), near(1.f - t), far(2.f - t)}};
#pragma unroll
    for (int tap = 0; tap < 4; ++tap) result.index[tap] = min(max(floor - 1 + tap, 0), from - 1);
    return result;
}

extern "C" __global__ void position_resize_forward(float* __restrict__ out, const float* __restrict__ positions,
                                                   int from_height, int from_width, int to_height, int to_width,
                                                   int width) {
    const int row = my_row();
    if (row > to_height * to_width) return;
    float* to = out + int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        if (row == 0) {
            columns<V>(width, [&](int column) { store(to + column, load<V>(positions + column)); });
            return;
        }
        const Taps down = taps((row - 1) / to_width, from_height, to_height);
        const Taps across = taps((row - 1) % to_width, from_width, to_width);
        columns<V>(width, [&](int column) {
            Pack<V> sum = {};
#pragma unroll
            for (int i = 0; i < 4; ++i) {
#pragma unroll
                for (int j = 0; j < 4; ++j) {
                    const int64_t source = 1 + down.index[i] * from_width + across.index[j];
                    const float weight = down.weight[i] * across.weight[j];
                    sum += zip([=](float v) { return weight * v; }, load<V>(positions + source * width + column));
                }
            }
            store(to + column, sum);
        });
    }, to, positions);
}

// What source row or column `source` gives to output i: several taps may be clamped to one border.
__device__ __forceinline__ float share(int source, int i, int from, int to) {
    const Taps all = taps(i, from, to);
    float sum = 0.f;
#pragma unroll
    for (int tap = 0; tap < 4; ++tap) sum += all.index[tap] == source ? all.weight[tap] : 0.f;
    return sum;
}

// dpositions ← dpositions + the transpose of forward applied to dout. A block has one source row; the shares of the
// outputs' rows and columns lie in shared memory.
extern "C" __global__ void position_resize_backward(float* __restrict__ dpositions, const float* __restrict__ dout,
                                                    int from_height, int from_width, int to_height, int to_width,
                                                    int width) {
    extern __shared__ float down[];
    float* across = down + to_height;
    const int row = blockIdx.x;
    for (int i = threadIdx.x; i < to_height + to_width && row > 0; i += blockDim.x) {
        down[i] = i < to_height ? share((row - 1) / from_width, i, from_height, to_height)
                                : share((row - 1) % from_width, i - to_height, from_width, to_width);
    }
    __syncthreads();
    float* to = dpositions + int64_t(row) * width;
    vectorised(width, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(width, [&](int column) {
            Pack<V> sum = {};
            if (row == 0) sum = load<V>(dout + column);
            for (int y = 0; y < to_height && row > 0; ++y) {
                if (down[y] == 0.f) continue;
                for (int x = 0; x < to_width; ++x) {
                    const float weight = down[y] * across[x];
                    if (weight == 0.f) continue;
                    const int64_t target = 1 + y * to_width + x;
                    sum += zip([=](float g) { return weight * g; }, load<V>(dout + target * width + column));
                }
            }
            sum += load<V>(to + column);
            store(to + column, sum);
        });
    }, to, dout);
}

// dpositions ← dpositions + dout, for equal grids.
extern "C" __global__ void position_resize_add(float* dpositions, const float* dout, int64_t count) {
    map(blockIdx.x, dpositions, count, [](float d, float g) { return d + g; }, dpositions, dout);
}
