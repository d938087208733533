"""The trained models that come with genrf: `make models` trains them again."""

from pathlib import Path

FOLDER = Path(__file__).parent / "shipped"


def shipped(model: str, process: str) -> Path | None:
    """The checkpoint of `model` for `process`; None where none was trained."""
    path = FOLDER / f"{model}_{process}.safetensors"
    return path if path.is_file() else None
