"""(volume, mask) -> named numbers: radiomics, node descriptors, pooled CNN embeddings."""
