"""What happens beside Hydra: SLURM's jobs are all waited for, and what fails around a run can be said where."""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig


class Waiting(Callback):
    """Has the jobs of `hydra/launcher=submitit_slurm` waited for by genrf's own rule, `genrf.pipeline.slurm`."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Before the jobs are submitted, in the command's own process."""
        if str(config.hydra.launcher.get("_target_")).endswith(".SlurmLauncher"):
            from genrf.pipeline import slurm  # it imports submitit

            slurm.wait_for_all()


class Place(Callback):
    """Has `asked_for` know the folder from the start on: Hydra tells it only while the job's own function runs."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Before Hydra writes to the folder."""
        HydraConfig.instance().set_config(config)

    on_multirun_start = on_run_start


def asked_for() -> Path | None:
    """The folder of the run or the sweep that this process is about; None before its config is composed."""
    if not HydraConfig.initialized():
        return None
    hydra = HydraConfig.get()
    return Path(hydra.sweep.dir if hydra.mode == RunMode.MULTIRUN else hydra.run.dir)
