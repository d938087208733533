"""What the command of a sweep does beside Hydra: on SLURM it waits for every job, whatever becomes of one."""

from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig


class Waiting(Callback):
    """Has the jobs of `hydra/launcher=submitit_slurm` waited for by genrf's own rule, `genrf.pipeline.slurm`."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Before the jobs are submitted, in the command's own process."""
        if str(config.hydra.launcher.get("_target_")).endswith(".SlurmLauncher"):
            from genrf.pipeline import slurm  # it imports submitit

            slurm.wait_for_all()
