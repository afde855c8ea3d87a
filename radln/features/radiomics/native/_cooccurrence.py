"""Kernels of the grey-level co-occurrence matrix: its sums along each direction."""

from __future__ import annotations

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray, FloatArray

EPSILON = float(np.spacing(1.0))  # pyradiomics adds it inside logarithms and below fractions
SUMS = (
    "JointAverage",
    "SumSquares",
    "Autocorrelation",
    "ClusterTendency",
    "ClusterShade",
    "ClusterProminence",
    "Correlation",
    "JointEnergy",
    "JointEntropy",
    "MaximumProbability",
    "SumAverage",
    "SumEntropy",
    "DifferenceAverage",
    "Contrast",
    "DifferenceEntropy",
    "Id",
    "Idm",
    "Idn",
    "Idmn",
    "InverseVariance",
    "DifferenceVariance",
)
BESIDES = ("HX", "HY", "HXY1", "HXY2", "sigma")  # what other features need
_LOG_2 = float(np.log(2.0))
_RARE = 1e-12


@kernel
def probabilities(pairs: AnyArray, present: AnyArray, symmetrical: bool) -> FloatArray:
    """(directions with a pair, levels, levels) of counted pairs; each direction adds up to 1."""
    k = present.size
    p = np.empty((pairs.shape[0], k, k))
    n = 0
    for d in range(pairs.shape[0]):
        total = 0.0
        for i in range(k):
            for j in range(k):
                q = float(pairs[d, present[i], present[j]])
                if symmetrical:
                    q += float(pairs[d, present[j], present[i]])
                p[n, i, j] = q
                total += q
        if total > 0.0:
            for i in range(k):
                for j in range(k):
                    p[n, i, j] /= total
            n += 1
    return p[:n]


@kernel
def correlated(p: AnyArray, s: AnyArray, h: AnyArray) -> None:
    """``s`` is ``p / sqrt(px py)``, and ``h = -s eps / (px py + eps)``; 0 where ``p`` is 0.

    A weight may leave a product of less than 1e-308: the roots are multiplied instead.
    """
    k = p.shape[1]
    px = np.empty(k)
    py = np.empty(k)
    for d in range(p.shape[0]):
        px[:] = 0.0
        py[:] = 0.0
        for i in range(k):
            for j in range(k):
                px[i] += p[d, i, j]
                py[j] += p[d, i, j]
        for i in range(k):
            for j in range(k):
                q = p[d, i, j]
                s[d, i, j] = q / (np.sqrt(px[i]) * np.sqrt(py[j])) if q > 0.0 else 0.0
                h[d, i, j] = s[d, i, j] * (-EPSILON / (px[i] * py[j] + EPSILON))


@kernel
def leading(values: AnyArray, squared: bool) -> FloatArray:
    """(3, matrices) of eigenvalues (matrices, k): the second largest by size, with its sign; its
    size, the square if ``squared``; and how far the nearest other size is from that.
    """
    found = np.empty((3, values.shape[0]))
    for d in range(values.shape[0]):
        first = second = third = 0.0
        for k in range(values.shape[1]):
            value = values[d, k]
            if abs(value) > abs(first):
                first, second, third = value, first, second
            elif abs(value) > abs(second):
                second, third = value, second
            elif abs(value) > abs(third):
                third = value
        found[0, d] = second
        if squared:
            first, second, third = first * first, second * second, third * third
        found[1, d] = second
        found[2, d] = min(first - second, second - third)
    return found


@kernel
def first_order_change(s: AnyArray, h: AnyArray, v: AnyArray) -> FloatArray:
    """(3, matrices): ``v' h s' v`` for unit ``v`` (matrices, k, 1); the product of the lengths of
    ``h s' v`` and ``s h' v``, each without its part along ``v``; and the length of all of ``h``.
    """
    n, k = s.shape[0], s.shape[1]
    found = np.empty((3, n))
    a = np.empty(k)
    b = np.empty(k)
    right = np.empty(k)
    left = np.empty(k)
    for d in range(n):
        a[:] = 0.0
        b[:] = 0.0
        reach = 0.0
        for i in range(k):
            for j in range(k):
                a[j] += s[d, i, j] * v[d, i, 0]
                b[j] += h[d, i, j] * v[d, i, 0]
                reach += h[d, i, j] * h[d, i, j]
        change = 0.0
        for i in range(k):
            right[i] = 0.0
            left[i] = 0.0
            for j in range(k):
                right[i] += h[d, i, j] * a[j]
                left[i] += s[d, i, j] * b[j]
            change += v[d, i, 0] * right[i]
        to_right = 0.0
        to_left = 0.0
        for i in range(k):
            to_right += (right[i] - change * v[d, i, 0]) ** 2
            to_left += (left[i] - change * v[d, i, 0]) ** 2
        found[0, d] = change
        found[1, d] = np.sqrt(to_right * to_left)
        found[2, d] = np.sqrt(reach)
    return found


@kernel
def cooccurrence_sums(p: AnyArray, levels: AnyArray, n_levels: int, out: AnyArray) -> None:
    """For each direction d of ``p[d, i, j]``: every sum of ``SUMS``, then ``BESIDES``."""
    k = levels.size
    px = np.empty(k)
    py = np.empty(k)
    added = np.empty(2 * n_levels + 1)
    gap = np.empty(n_levels)
    for d in range(p.shape[0]):
        px[:] = 0.0
        py[:] = 0.0
        added[:] = 0.0
        gap[:] = 0.0
        for i in range(k):
            for j in range(k):
                q = p[d, i, j]
                px[i] += q
                py[j] += q
                added[levels[i] + levels[j]] += q
                gap[abs(levels[i] - levels[j])] += q
        _joint_sums(p[d], px, py, levels, out[d])
        _entropies(p[d], px, py, out[d])
        _sums_of_added_and_gap(added, gap, out[d])


@kernel
def _joint_sums(p: AnyArray, px: AnyArray, py: AnyArray, levels: AnyArray, out: AnyArray) -> None:
    """Moments of the pair of levels, about their means."""
    ux = 0.0
    uy = 0.0
    for i in range(levels.size):
        ux += levels[i] * px[i]
        uy += levels[i] * py[i]
    sx = 0.0
    sy = 0.0
    for i in range(levels.size):
        sx += px[i] * (levels[i] - ux) ** 2
        sy += py[i] * (levels[i] - uy) ** 2
    product = 0.0
    tendency = 0.0
    shade = 0.0
    prominence = 0.0
    covariance = 0.0
    energy = 0.0
    entropy = 0.0
    largest = 0.0
    for i in range(levels.size):
        dx = levels[i] - ux
        for j in range(levels.size):
            q = p[i, j]
            if q == 0.0:
                continue
            dy = levels[j] - uy
            away = dx + dy
            product += q * levels[i] * levels[j]
            tendency += q * away * away
            shade += q * away * away * away
            prominence += q * away * away * away * away
            covariance += q * dx * dy
            energy += q * q
            entropy -= q * np.log2(q + EPSILON)
            largest = max(largest, q)
    spread = np.sqrt(sx) * np.sqrt(sy)
    out[0] = ux
    out[1] = sx
    out[2] = product
    out[3] = tendency
    out[4] = shade
    out[5] = prominence
    out[6] = covariance / (spread + EPSILON) if spread != 0.0 else 1.0
    out[7] = energy
    out[8] = entropy
    out[9] = largest
    out[25] = spread


@kernel
def _sums_of_added_and_gap(added: AnyArray, gap: AnyArray, out: AnyArray) -> None:
    """What follows from how often two levels add to s, and how often they lie s apart."""
    n_levels = gap.size
    for s in range(10, 21):
        out[s] = 0.0
    for s in range(2, added.size):
        q = added[s]
        if q > 0.0:
            out[10] += s * q
            out[11] -= q * np.log2(q + EPSILON)
    for s in range(n_levels):
        q = gap[s]
        if q > 0.0:
            out[12] += s * q
            out[13] += s * s * q
            out[14] -= q * np.log2(q + EPSILON)
            out[15] += q / (1.0 + s)
            out[16] += q / (1.0 + s * s)
            out[17] += q / (1.0 + s / n_levels)
            out[18] += q / (1.0 + s * s / (n_levels * n_levels))
            if s > 0:
                out[19] += q / (s * s)
    for s in range(n_levels):
        out[20] += gap[s] * (s - out[12]) ** 2


@kernel
def _entropies(p: AnyArray, px: AnyArray, py: AnyArray, out: AnyArray) -> None:
    """HX, HY, HXY1, HXY2; log2(a b + eps) is log2 a + log2 b + eps / (a b ln 2) to 1e-13.

    It is not where a weight leaves next to nothing of a direction and a b comes near eps.
    """
    sides = 0.0
    hx = 0.0
    hy = 0.0
    n_x = 0
    n_y = 0
    for i in range(px.size):
        if px[i] > 0.0:
            n_x += 1
            hx -= px[i] * np.log2(px[i] + EPSILON)
            sides -= px[i] * np.log2(px[i])
        if py[i] > 0.0:
            n_y += 1
            hy -= py[i] * np.log2(py[i] + EPSILON)
            sides -= py[i] * np.log2(py[i])
    shift = 0.0
    rare_1 = 0.0
    rare_2 = 0.0
    for i in range(px.size):
        for j in range(px.size):
            both = px[i] * py[j]
            if both >= _RARE:
                if p[i, j] > 0.0:
                    shift += p[i, j] / both
            elif px[i] > 0.0 and py[j] > 0.0:
                more = np.log2(both + EPSILON) - np.log2(px[i]) - np.log2(py[j])
                rare_1 += p[i, j] * more
                rare_2 += both * more - EPSILON / _LOG_2
    out[21] = hx
    out[22] = hy
    out[23] = sides - shift * EPSILON / _LOG_2 - rare_1
    out[24] = sides - n_x * n_y * EPSILON / _LOG_2 - rare_2
