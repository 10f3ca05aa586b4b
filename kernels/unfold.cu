// Images to rows of pixels, one a patch: images (B, C, H, W), patches (B·H/p·W/p, C·p·p), columns in the order channel,
// row, column.
#include "row_threads.cuh"

namespace attmask {

template <typename T>
__device__ __forceinline__ void forward(T* __restrict__ patches, const float* __restrict__ images, int rows,
                                        int channels, int height, int width, int patch) {
    const int row = my_row();
    if (row >= rows) return;
    const int left = row % (width / patch) * patch;
    const int top = row / (width / patch) % (height / patch) * patch;
    const int image = row / (width / patch) / (height / patch);
    const int row_width = channels * patch * patch;
    // Where patches are a multiple of four wide, four neighbouring columns are neighbours in the image.
    vectorised(patch, [&](auto vector) {
        constexpr int V = vector.value;
        columns<V>(row_width, [&](int column) {
            const int x = left + column % patch;
            const int y = top + column / patch % patch;
            const int64_t plane = int64_t(image) * channels + column / patch / patch;
            store(patches + int64_t(row) * row_width + column, load<V>(images + (plane * height + y) * width + x));
        });
    }, patches, images);
}

}  // namespace attmask

#define UNFOLD(TYPE, T)                                                                                               \
    extern "C" __global__ void unfold_forward##TYPE(T* __restrict__ patches, const float* __restrict__ images,        \
        int rows, int channels, int height, int width, int patch) {                                                   \
        attmask::forward(patches, images, rows, channels, height, width, patch);                                      \
    }

UNFOLD(, float)
UNFOLD(_bf16, attmask::Bf16)
