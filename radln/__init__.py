"""radln: from masked lymph nodes to a published, usable score."""

__version__ = "0.1.0"
