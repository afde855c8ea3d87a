/* The matrices of texture by plain loops: what the kernels of radln's engine are measured against.
 *
 * levels: the cropped region in a frame of zeros, laid out flat; 0 is outside. index: the positions
 * of its n voxels, ascending. steps: how far each of n_steps directions leads forward. n_levels
 * counts 0 as well. All matrices come in zeroed.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* GLCM, one matrix a direction; GLDM by the number of equal neighbours; NGTDM's sums. */
void count_neighbours(const uint16_t *levels, const uint32_t *index, int64_t n,
                      const int64_t *steps, int64_t n_steps, int64_t n_levels,
                      uint32_t *pairs, uint32_t *alike, double *difference)
{
    for (int64_t k = 0; k < n; k++) {
        const uint16_t *here = levels + index[k];
        const int64_t level = *here;
        int64_t equal = 0, count = 0, total = 0;
        for (int64_t d = 0; d < n_steps; d++) {
            const int64_t after = here[steps[d]], before = here[-steps[d]];
            pairs[(d * n_levels + before) * n_levels + level]++;
            equal += (after == level) + (before == level);
            count += (after > 0) + (before > 0);
            total += after + before;
        }
        alike[level * (2 * n_steps + 1) + equal]++;
        if (count > 0)
            difference[level] += fabs((double)level - (double)total / (double)count);
    }
}

/* GLRLM, one matrix a direction: each run is followed from its first voxel. */
void count_runs(const uint16_t *levels, const uint32_t *index, int64_t n, const int64_t *steps,
                int64_t n_steps, int64_t n_levels, int64_t longest, uint32_t *runs)
{
    for (int64_t d = 0; d < n_steps; d++) {
        const int64_t step = steps[d];
        for (int64_t k = 0; k < n; k++) {
            const uint16_t *here = levels + index[k];
            const uint16_t level = *here;
            if (here[-step] == level)
                continue;
            int64_t length = 1;
            while (here[length * step] == level)
                length++;
            runs[(d * n_levels + level) * longest + length]++;
        }
    }
}

/* GLSZM: (level, size) of each zone, filled from its first voxel; returns how many, -1 without memory. */
int64_t find_zones(const uint16_t *levels, const uint32_t *index, int64_t n, int64_t n_places,
                   const int64_t *steps, int64_t n_steps, int64_t *zones)
{
    uint8_t *seen = calloc((size_t)n_places, 1);
    uint32_t *stack = malloc((size_t)n * sizeof *stack);
    int64_t n_zones = 0;
    if (seen == NULL || stack == NULL) {
        free(seen);
        free(stack);
        return -1;
    }
    for (int64_t k = 0; k < n; k++) {
        int64_t top = 0, size = 0;
        const uint16_t level = levels[index[k]];
        if (seen[index[k]])
            continue;
        seen[index[k]] = 1;
        stack[top++] = index[k];
        while (top > 0) {
            const int64_t i = stack[--top];
            size++;
            for (int64_t d = 0; d < 2 * n_steps; d++) {
                const int64_t j = d < n_steps ? i + steps[d] : i - steps[d - n_steps];
                if (levels[j] == level && !seen[j]) {
                    seen[j] = 1;
                    stack[top++] = (uint32_t)j;
                }
            }
        }
        zones[2 * n_zones] = level;
        zones[2 * n_zones + 1] = size;
        n_zones++;
    }
    free(seen);
    free(stack);
    return n_zones;
}
