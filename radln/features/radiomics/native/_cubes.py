"""The triangles that marching cubes puts into one cube of eight voxel centres, as numbers."""

from __future__ import annotations

from functools import cache

import numpy as np

from radln._types import FloatArray, IntArray

# Corner i of a cube holds bit i of its configuration; corners as (z, y, x).
_CORNERS = np.array(
    ((0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0))
)
_EDGES = np.array(
    ((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7))
)
# Configurations 0 to 127 of the public table of C. G. Bloyd and P. Bourke (Polygonising a scalar
# field, 1994), three edges a triangle, an edge a hexadecimal digit.
_TRIANGLES = """
- 083 019 183981 12a 08312a 92a029 2832a8a98 3b2 0b28b0 19023b 1b219b98b 3a1ba3 0a108a8ba
3903b9ba9 98aa8b 478 430734 019847 419471731 12a847 34730412a 92a902847 2a9297273794 8473b2
b47b24204 90184723b 47b94b9b2921 3a13ba784 1ba14b1047b4 47890b9bab03 47b4b99ba 954 954083
054150 854835315 12a954 30812a495 52a542402 2a5325354348 95423b 0b208b495 05401523b
21525828b485 a3ba13954 4950818a18ba 54050b5bab03 54858aa8b 978579 930953573 078017157 153357
978957a12 a12950530573 802825857a52 2a5253357 7957893b2 95797292027b 23b018178157 b21b17715
958857a13a3b 5705097b010aba0 ba0b03a50807570 ba57b5 a65 0835a6 9015a6 1831985a6 165261
165126308 965906026 598582526328 23ba65 b08b20a65 01923b5a6 5a61929b298b 63b653513
08b0b50515b6 3b6036065059 65969bb98 5a6478 43047365a 1905a6847 a65197173794 612651478
125526304347 847905065026 739794329596269 3b2784a65 5a647242027b 01947823b5a6
9219b294b7b45a6 8473b53515b6 51b5b610b7b404b 059065036b63847 65969b4797b9 a4964a 4a649a083
a01a60640 83181686461a 149124264 308129249264 024426 832824426 a49a64b23 08228b49a4a6
3b201606461a 64161a48121b8b1 964936913b63 8b1810b61914641 3b6360064 648b68 7a678a89a
0730a709a67a a671a7178180 a67a71173 126168189867 269291679093739 780706602 732672
23ba68a89867 20727b09767a9a7 1801781a767a23b b21b17a61671 896867916b63136 091b67
7807063b0b60 7b6
"""


@cache
def cube_tables() -> tuple[IntArray, FloatArray, IntArray]:
    """Volume, area and directions of the triangles of every configuration of a cube.

    Returns
    -------
    volumes : (256, 4)
        Of a unit cube at (0, 0, 0) the sum of the triangles' determinants, and how that sum grows
        with the cube's z, y and x; both times 8. A sixth of it is the signed volume.
    areas : (256, directions)
        How many triangles have which direction.
    directions : (directions, 3)
        The absolute cross product (z, y, x) of two edges of such a triangle, times 4.

    Notes
    -----
    A vertex lies half-way between a voxel inside and one outside. A configuration above 127 is its
    complement turned inside out, as pyradiomics has it: the surface of a region whose voxels touch
    across an edge then has gaps, and its volume depends on where it lies in the array.

    Lorensen WE, Cline HE. Comput Graph 1987;21(4):163-169, doi:10.1145/37402.37422.
    """
    middles = _CORNERS[_EDGES].sum(axis=1)  # in half voxels
    triangles = [
        (code, *(int(edge, 16) for edge in edges[first : first + 3]))
        for code, edges in enumerate(_TRIANGLES.split())
        if code
        for first in range(0, len(edges), 3)
    ]
    code, *edges = np.array(triangles).T
    a, b, c = (middles[edge] for edge in edges)
    normal = np.cross(b - a, c - a)
    directions, which = np.unique(np.abs(normal), axis=0, return_inverse=True)
    volumes = np.zeros((256, 4), dtype=np.int64)
    np.add.at(volumes[:, 0], code, (a * np.cross(b, c)).sum(axis=1))
    np.add.at(volumes[:, 1:], code, 2 * normal)
    areas = np.zeros((256, len(directions)))
    np.add.at(areas, (code, which.ravel()), 1.0)
    volumes[128:] = -volumes[127::-1]
    areas[128:] = areas[127::-1]
    return volumes, areas, directions
