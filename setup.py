"""The package, light enough for a Dataflow worker: torch and the hub live in extras."""

from setuptools import find_packages, setup

GCP = ["apache-beam[gcp]>=2.77,<3", "gcsfs>=2026.2", "build", "setuptools>=68", "wheel"]
HUB = ["datasets>=5", "fsspec[http]", "huggingface_hub>=1.31", "filelock"]

setup(
    name="medgemma-korean",
    version="0.1.0",
    description="Korean text refined into training data for a medical language model",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["beam_pipelines", "beam_pipelines.*"]),
    package_data={
        "beam_pipelines.text": ["*.tsv"],
        "beam_pipelines.transforms": ["*.tsv", "*.html", "*.css", "*.js"],
    },
    install_requires=[
        "apache-beam>=2.77,<3",
        "pyarrow>=18",
        "numpy>=2",
        "numba>=0.61",
        "orjson",
        "regex",
        "fsspec",
        "xxhash>=3.5",
        "tqdm",
        "backports.zstd; python_version < '3.14'",
    ],
    extras_require={
        "gcp": GCP,
        "hub": HUB,
        "gpu": [
            "torch",
            "transformers>=5",
            "peft",
            "bitsandbytes",
            "accelerate",
            "trl",
            "huggingface_hub>=1.31",
            "matplotlib",
            "psutil",
        ],
        "dev": [
            "datasketch",
            "filelock",
            "hypothesis",
            "lxml",
            "mwparserfromhell",
            "mypy",
            "pytest",
            "pyyaml",
            "ruff",
            "tokenizers",
            "websockets",
            *GCP,
            *HUB,
        ],
    },
)
