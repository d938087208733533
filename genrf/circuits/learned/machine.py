"""Where networks are trained: on a processor or a GPU, in single or in mixed precision."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from genrf.core.errors import ConfigError, choices

_DEVICES = ("auto", "cpu", "cuda")
_PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class Machine:
    """A device, and the precision of the products on it; weights, sums and what is kept are float32 everywhere."""

    device: torch.device
    precision: str

    @classmethod
    def of(cls, device: str, precision: str) -> "Machine":
        """What `auto` means here: a GPU if there is one, bfloat16 where the hardware multiplies it.

        Raises ConfigError for what is not known, or not there.
        """
        for name, value, known in (("device", device, _DEVICES), ("precision", precision, _PRECISIONS)):
            if value not in known:
                raise ConfigError(f"training: {name} {value!r}; {choices(value, known)}")
        there = torch.cuda.is_available()
        if device == "cuda" and not there:
            raise ConfigError("training: device=cuda, but PyTorch sees no GPU here; device=auto takes what there is")
        made = torch.device("cuda" if there and device != "cpu" else "cpu")
        if precision == "auto":
            precision = "bfloat16" if _multiplies_bfloat16(made) else "float32"
        return cls(made, precision)

    def mixed(self) -> AbstractContextManager[None]:
        """Products in the precision chosen, inside."""
        enabled = self.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())  # emulated, it is slower than float32
