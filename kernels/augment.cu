// Crops of 8-bit images to the bit as Pillow makes them, as attmask.ops.Augment says: resampled, mirrored, colours
// changed, blurred, solarised, normalised. All crops of one size in three launches:
//   taps      the weights of the resampling, for both axes of each crop
//   resample  bicubic, first across, rounded to 8 bits, then down; mirrored where told so
//   finish    everything else; a block has a crop, since contrast asks for its mean grey
// Between them a crop lies as bytes in planes (3, height, width). Nothing here may become a fused multiply-add, in which
// a product is not rounded: sums after products are written as intrinsics, which the compiler leaves alone.
#include "common.cuh"

namespace attmask {

// As CudaAugment writes it.
struct Crop {
    int64_t image;   // where its part of the image begins, in bytes
    int64_t taps;    // where its tables begin, in ints
    int stride;      // pixels from one row of the image to the next
    int part_width;  // of the part that is cut out
    int part_height;
    int row;      // of the result
    int flags;    // FLIP, GREY, SOLARISE
    int changes;  // of colours, the first in the lowest four bits; 0 ends them
    float amount[4];
    int radius;      // of the box blur; its weights, of 2^24 in all
    uint32_t inner;  // 2^24: no blur
    uint32_t outer;
    int across;  // taps in the tables at most
    int down;
};

constexpr int FLIP = 1;
constexpr int GREY = 2;
constexpr int SOLARISE = 4;

enum Change { BRIGHTNESS = 1, CONTRAST = 2, SATURATION = 3, HUE = 4 };

// Fixed point of the resampling's weights, as in Pillow.
constexpr int PRECISION = 22;

constexpr uint32_t NO_BLUR = 1u << 24;

// The table of one axis: first source pixel of each result, number of taps, weights; tap by tap, so that neighbouring
// threads read neighbouring numbers.
struct Taps {
    const int* first;
    const int* count;
    const int* weight;

    __device__ __forceinline__ Taps(const int* table, int size) :
        first(table), count(table + size), weight(table + 2 * size) {}
};

__device__ __forceinline__ int64_t table_ints(int size, int taps) {
    return static_cast<int64_t>(2 + taps) * size;
}

// Keys' kernel with a = -0.5, in Pillow's order of operations.
__device__ __forceinline__ double cubic(double signed_x) {
    const double a = -0.5;
    const double x = fabs(signed_x);
    if (x < 1) {
        const double inner = __dsub_rn(__dmul_rn(a + 2, x), a + 3);
        return __dadd_rn(__dmul_rn(__dmul_rn(inner, x), x), 1);
    }
    if (x >= 2) return 0;
    const double inner = __dadd_rn(__dmul_rn(__dsub_rn(x, 5), x), 8);
    return __dmul_rn(__dsub_rn(__dmul_rn(inner, x), 4), a);
}

// Writes the taps of result i when `from` pixels become `size`.
__device__ __forceinline__ void write_taps(int* __restrict__ table, int i, int from, int size) {
    const double scale = __ddiv_rn(from, size);
    const double stretch = fmax(scale, 1.0);
    const double support = 2 * stretch;
    const double shrink = __ddiv_rn(1, stretch);
    const double centre = __dmul_rn(i + 0.5, scale);
    const int low = max(static_cast<int>(__dadd_rn(__dsub_rn(centre, support), 0.5)), 0);
    const int high = min(static_cast<int>(__dadd_rn(__dadd_rn(centre, support), 0.5)), from);
    const auto unscaled = [=](int pixel) {
        return cubic(__dmul_rn(__dadd_rn(__dsub_rn(pixel, centre), 0.5), shrink));
    };
    double total = 0;
#pragma unroll 1
    for (int pixel = low; pixel < high; ++pixel) total = __dadd_rn(total, unscaled(pixel));
    table[i] = low;
    table[size + i] = high - low;
#pragma unroll 1
    for (int pixel = low; pixel < high; ++pixel) {
        const double weight = total == 0 ? unscaled(pixel) : __ddiv_rn(unscaled(pixel), total);
        const double fixed = __dmul_rn(weight, 1 << PRECISION);
        table[(2 + pixel - low) * size + i] = static_cast<int>(__dadd_rn(fixed, fixed < 0 ? -0.5 : 0.5));
    }
}

__device__ __forceinline__ uint8_t rounded(int fixed) {
    return static_cast<uint8_t>(min(max(fixed >> PRECISION, 0), 255));
}

// A tile of a crop: threads of a warp have neighbouring columns, a warp several rows.
constexpr int TILE = 32;
constexpr int TILE_WARPS = 8;
constexpr int OWN_ROWS = TILE / TILE_WARPS;
// Rows of the image that are held at a time.
constexpr int CHUNK = 32;

struct Pixel {
    int red;
    int green;
    int blue;
};

// ITU-R 601-2 in 16-bit fixed point.
__device__ __forceinline__ int luminance(const Pixel& p) {
    return (19595 * p.red + 38470 * p.green + 7471 * p.blue + 0x8000) >> 16;
}

__device__ __forceinline__ int blend(int other, int value, float factor) {
    const float mixed = __fadd_rn(other, __fmul_rn(factor, value - other));
    return min(max(static_cast<int>(mixed), 0), 255);
}

__device__ __forceinline__ Pixel blend(int other, const Pixel& p, float factor) {
    return {blend(other, p.red, factor), blend(other, p.green, factor), blend(other, p.blue, factor)};
}

__device__ __forceinline__ int hue_of(const Pixel& p, int value, float spread) {
    const float r = __fdiv_rn(value - p.red, spread);
    const float g = __fdiv_rn(value - p.green, spread);
    const float b = __fdiv_rn(value - p.blue, spread);
    float h;
    if (p.red == value) {
        h = __fsub_rn(b, g);
    } else if (p.green == value) {
        h = static_cast<float>(2.0 + r - b);
    } else {
        h = static_cast<float>(4.0 + g - r);
    }
    const double around = __dadd_rn(__ddiv_rn(h, 6.0), 1.0);
    const float turns = static_cast<float>(around < 1 ? around : around - 1);
    return static_cast<int>(__dmul_rn(turns, 255.0));
}

__device__ __forceinline__ int share(int value, double part) {
    return static_cast<int>(__dadd_rn(__dmul_rn(value, __dsub_rn(1.0, part)), 0.5));
}

// Turns the hue through 8-bit HSV.
__device__ __forceinline__ Pixel turned(const Pixel& pixel, int shift) {
    const int value = max(pixel.red, max(pixel.green, pixel.blue));
    const int spread = value - min(pixel.red, min(pixel.green, pixel.blue));
    if (spread == 0) return pixel;
    const int saturation = static_cast<int>(__dmul_rn(__fdiv_rn(spread, value), 255.0));
    if (saturation == 0) return {value, value, value};
    const int hue = (hue_of(pixel, value, spread) + shift) & 0xff;
    const double angle = __ddiv_rn(__fmul_rn(hue, 6.f), 255.0);
    const int sector = static_cast<int>(angle);
    const float rest = static_cast<float>(__dsub_rn(angle, sector));
    const float s = static_cast<float>(__ddiv_rn(saturation, 255.0));
    const int p = share(value, s);
    const int q = share(value, __fmul_rn(s, rest));
    const int t = share(value, __dmul_rn(s, __dsub_rn(1.0, rest)));
    switch (sector % 6) {
        case 0: return {value, t, p};
        case 1: return {q, value, p};
        case 2: return {p, value, t};
        case 3: return {p, q, value};
        case 4: return {t, p, value};
        default: return {value, p, q};
    }
}

// The pixel after a crop's changes of colour, or after those before contrast.
__device__ __forceinline__ Pixel changed(Pixel pixel, const Crop& crop, bool before_contrast, int mean) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const int change = crop.changes >> 4 * i & 15;
        const float amount = crop.amount[i];
        if (change == 0 || (change == CONTRAST && before_contrast)) break;
        if (change == BRIGHTNESS) {
            pixel = blend(0, pixel, amount);
        } else if (change == CONTRAST) {
            pixel = blend(mean, pixel, amount);
        } else if (change == SATURATION) {
            pixel = blend(luminance(pixel), pixel, amount);
        } else {
            pixel = turned(pixel, __float_as_int(amount));
        }
    }
    return pixel;
}

__device__ __forceinline__ bool has_contrast(int changes) {
    return (changes & 15) == CONTRAST || (changes >> 4 & 15) == CONTRAST || (changes >> 8 & 15) == CONTRAST ||
        (changes >> 12 & 15) == CONTRAST;
}

constexpr int THREADS = 512;
constexpr int WARPS = THREADS / WARP;

// The sum over the block, the same in every thread. Integers: any order gives it.
__device__ __forceinline__ uint64_t block_sum(uint32_t x) {
    __shared__ uint32_t warps[WARPS];
#pragma unroll
    for (int d = WARP / 2; d > 0; d /= 2) x += __shfl_xor_sync(0xffffffffu, x, d);
    if (threadIdx.x % WARP == 0) warps[threadIdx.x / WARP] = x;
    __syncthreads();
    uint64_t sum = 0;
    for (int i = 0; i < WARPS; ++i) sum += warps[i];
    return sum;
}

// One pass of a box of fractional radius over a line whose pixels lie `step` apart; its ends are repeated.
__device__ __forceinline__ int boxed(const uint8_t* line, int at, int size, int step, const Crop& crop) {
    const auto pixel = [=](int i) { return static_cast<uint32_t>(line[min(max(i, 0), size - 1) * step]); };
    uint32_t sum = pixel(at);
    for (int d = 1; d <= crop.radius; ++d) sum += pixel(at - d) + pixel(at + d);
    const uint32_t beyond = pixel(at - crop.radius - 1) + pixel(at + crop.radius + 1);
    return static_cast<int>((sum * crop.inner + beyond * crop.outer + (1u << 23)) >> 24);
}

// A crop's result, in planes.
struct Result {
    float* __restrict__ planes;
    const float* __restrict__ normalised;  // (3, 256)
    int area;
    bool solarise;

    __device__ __forceinline__ void store(int channel, int pixel, int value) const {
        if (solarise && value >= 128) value = 255 - value;
        planes[static_cast<int64_t>(channel) * area + pixel] = normalised[channel * 256 + value];
    }
};

// Three passes across and three down, to and fro between `pixels` and `other`; the last one to the result.
__device__ __forceinline__ void blur(
    uint8_t* pixels, uint8_t* other, const Result& result, const Crop& crop, int width, int height) {
    for (int pass = 0; pass < 6; ++pass) {
        __syncthreads();
        const uint8_t* from = pass % 2 == 0 ? pixels : other;
        uint8_t* to = pass % 2 == 0 ? other : pixels;
        for (int row = threadIdx.x / WARP; row < 3 * height; row += WARPS) {
            const int channel = row / height;
            const int y = row - channel * height;
            const int64_t line = static_cast<int64_t>(row) * width;
            const int64_t plane = static_cast<int64_t>(channel) * height * width;
            for (int x = threadIdx.x % WARP; x < width; x += WARP) {
                const int value = pass < 3 ? boxed(from + line, x, width, 1, crop)
                                           : boxed(from + plane + x, y, height, width, crop);
                if (pass == 5) {
                    result.store(channel, y * width + x, value);
                } else {
                    to[line + x] = static_cast<uint8_t>(value);
                }
            }
        }
    }
}

}  // namespace attmask

using namespace attmask;

// Grid: results of both axes, crops.
extern "C" __global__ void __launch_bounds__(128) augment_taps(
    int* __restrict__ tables, const Crop* __restrict__ crops, int width, int height) {
    const Crop& crop = crops[blockIdx.y];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int* across = tables + crop.taps;
    if (i < width) {
        write_taps(across, i, crop.part_width, width);
    } else if (i < width + height) {
        write_taps(across + table_ints(width, crop.across), i - width, crop.part_height, height);
    }
}

// pixels (crops, 2, 3, height, width), of which the first half is written. Grid: tiles, crops.
extern "C" __global__ void __launch_bounds__(TILE* TILE_WARPS, 4) augment_resample(uint8_t* __restrict__ pixels,
    const uint8_t* __restrict__ images, const int* __restrict__ tables, const Crop* __restrict__ crops, int width,
    int height) {
    __shared__ uint8_t held[3][CHUNK][TILE];
    const Crop& crop = crops[blockIdx.y];
    const int tiles = (width + TILE - 1) / TILE;
    const int lane = threadIdx.x % TILE;
    const int warp = threadIdx.x / TILE;
    const int x = blockIdx.x % tiles * TILE + lane;
    const int top = blockIdx.x / tiles * TILE;
    const Taps across(tables + crop.taps, width);
    const Taps down(tables + crop.taps + table_ints(width, crop.across), height);
    const int last = min(top + TILE, height) - 1;
    const int begin = down.first[top];
    const int end = down.first[last] + down.count[last];
    const int left = x < width ? across.first[x] : 0;
    const int taps = x < width ? across.count[x] : 0;
    int sum[OWN_ROWS][3];
#pragma unroll
    for (int i = 0; i < OWN_ROWS; ++i) sum[i][0] = sum[i][1] = sum[i][2] = 1 << (PRECISION - 1);
    for (int from = begin; from < end; from += CHUNK) {
        const int until = min(from + CHUNK, end);
        for (int row = from + warp; row < until; row += TILE_WARPS) {
            const uint8_t* at = images + crop.image + 3 * (static_cast<int64_t>(row) * crop.stride + left);
            int red = 1 << (PRECISION - 1);
            int green = red;
            int blue = red;
            for (int t = 0; t < taps; ++t, at += 3) {
                const int weight = across.weight[t * width + x];
                red += weight * at[0];
                green += weight * at[1];
                blue += weight * at[2];
            }
            held[0][row - from][lane] = rounded(red);
            held[1][row - from][lane] = rounded(green);
            held[2][row - from][lane] = rounded(blue);
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < OWN_ROWS; ++i) {
            const int y = min(top + warp * OWN_ROWS + i, last);
            const int first = down.first[y];
            const int stop = min(first + down.count[y], until);
            for (int row = max(first, from); row < stop; ++row) {
                const int weight = down.weight[(row - first) * height + y];
                sum[i][0] += weight * held[0][row - from][lane];
                sum[i][1] += weight * held[1][row - from][lane];
                sum[i][2] += weight * held[2][row - from][lane];
            }
        }
        __syncthreads();
    }
    if (x >= width) return;
    const int64_t area = static_cast<int64_t>(width) * height;
    uint8_t* to = pixels + 6 * area * blockIdx.y + (crop.flags & FLIP ? width - 1 - x : x);
#pragma unroll
    for (int i = 0; i < OWN_ROWS; ++i) {
        const int y = top + warp * OWN_ROWS + i;
        if (y > last) break;
#pragma unroll
        for (int c = 0; c < 3; ++c) to[c * area + static_cast<int64_t>(y) * width] = rounded(sum[i][c]);
    }
}

// out (any, 3, height, width): row crop.row is written. pixels as above; the second half is scratch. Grid: crops.
extern "C" __global__ void __launch_bounds__(THREADS) augment_finish(float* __restrict__ out, uint8_t* pixels,
    const float* __restrict__ normalised, const Crop* __restrict__ crops, int width, int height) {
    const Crop& crop = crops[blockIdx.x];
    const int area = width * height;
    const int64_t all = 3 * static_cast<int64_t>(area);
    pixels += 2 * all * blockIdx.x;
    const Result result = {out + all * crop.row, normalised, area, (crop.flags & SOLARISE) != 0};
    const auto read = [=](int i) {
        return Pixel{pixels[i], pixels[area + i], pixels[2 * static_cast<int64_t>(area) + i]};
    };
    int mean = 0;
    if (has_contrast(crop.changes)) {
        uint32_t sum = 0;
        for (int i = threadIdx.x; i < area; i += THREADS) sum += luminance(changed(read(i), crop, true, 0));
        mean = static_cast<int>(__dadd_rn(__ddiv_rn(static_cast<double>(static_cast<int64_t>(block_sum(sum))), area), 0.5));
    }
    const bool blurred = crop.inner != NO_BLUR;
    for (int i = threadIdx.x; i < area; i += THREADS) {
        Pixel pixel = changed(read(i), crop, false, mean);
        if (crop.flags & GREY) pixel.red = pixel.green = pixel.blue = luminance(pixel);
        if (blurred) {
            pixels[i] = static_cast<uint8_t>(pixel.red);
            pixels[area + i] = static_cast<uint8_t>(pixel.green);
            pixels[2 * static_cast<int64_t>(area) + i] = static_cast<uint8_t>(pixel.blue);
        } else {
            result.store(0, i, pixel.red);
            result.store(1, i, pixel.green);
            result.store(2, i, pixel.blue);
        }
    }
    if (blurred) blur(pixels, pixels + all, result, crop, width, height);
}
