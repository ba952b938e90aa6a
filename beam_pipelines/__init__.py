"""Korean text refined into training data, as Apache Beam batch pipelines."""

__version__ = "0.1.0"
