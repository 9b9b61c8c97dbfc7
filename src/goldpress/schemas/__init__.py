"""The scheme, and everything that is derived from it. What writes it is loaded when it is first used."""

from typing import TYPE_CHECKING, Any

from goldpress.schemas.scheme import Scheme, load_scheme

if TYPE_CHECKING:
    from goldpress.schemas.generation import GenerationReport, generate

__all__ = ["GenerationReport", "Scheme", "generate", "load_scheme"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'goldpress.schemas' has no attribute '{name}'")
    from goldpress.schemas import generation

    return getattr(generation, name)
