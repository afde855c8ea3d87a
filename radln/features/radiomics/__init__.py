"""Radiomics features behind one seam: the engine is chosen by name."""
