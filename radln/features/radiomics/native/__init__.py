"""radln's own engine: pyradiomics' names and values from kernels over the cropped node."""
