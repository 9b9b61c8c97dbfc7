"""The scheme, and everything that is derived from it."""

from goldpress.schemas.generation import GenerationReport, generate
from goldpress.schemas.scheme import Scheme, load_scheme

__all__ = ["GenerationReport", "Scheme", "generate", "load_scheme"]
