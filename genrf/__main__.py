"""The command line: compose the config, build the parts, run the task, and say in one line what went wrong."""

import logging
import os
import platform
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from genrf.core.errors import ConfigError, GenrfError
from genrf.core.scratch import scratch
from genrf.pipeline import config
from genrf.pipeline.beside import beside
from genrf.pipeline.callbacks import asked_for
from genrf.pipeline.failure import Failed, forget, note
from genrf.pipeline.runs import named
from genrf.pipeline.summary import show

log = logging.getLogger("genrf")


def job(composed: DictConfig) -> None:
    """One run, in the folder that Hydra made for it."""
    scratch()  # before anything asks for a temporary file, or begins a process that might
    runtime = HydraConfig.get().runtime
    folder = Path(runtime.output_dir)
    forget(folder)
    made = config.build(composed, runtime.choices)
    outcome = instantiate(composed.task)(made, folder)
    if outcome is not None:
        show(outcome)


def main() -> int:
    """Run the command line; the exit status is that of the design document.

    Of a sweep it is the worst one; where a launcher has processes of its own, that of the first job that failed.
    """
    full = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us, not to Hydra's own printer
    logging.raiseExceptions = False  # a log that a full disk does not take is no reason for a traceback
    failed: list[int] = []
    here = platform.node(), os.getpid()

    def guarded(composed: DictConfig) -> None:
        config.register()  # a launcher's process has not been told yet
        try:
            job(composed)
        except Exception as error:
            if full:
                raise
            failure = _failure(error)
            note(Path(HydraConfig.get().runtime.output_dir), failure)
            failed.append(_said(failure))  # in a sweep, the other jobs go on
            if here != (platform.node(), os.getpid()):
                raise failure from None  # the list stays in the launcher's process; this gets home

    try:
        config.register()
        sys.argv[1:] = beside(config.resumed(named(sys.argv[1:])))
        hydra.main(version_base="1.3", config_path=str(config.folder()), config_name="config")(guarded)()
    except KeyboardInterrupt:
        return _said(Failed("stopped; what was measured is on disk, go on with resume=<run folder>", 130))
    except Exception as error:
        if full:
            raise
        return _said(_failure(error))
    return max(failed, default=0)


def _failure(error: Exception) -> Failed:
    cause = _cause(error)
    if isinstance(cause, GenrfError):
        return Failed(str(cause), cause.exit_status)
    if isinstance(cause, HydraException | OmegaConfBaseException):
        return Failed(config.one_line(cause), ConfigError.exit_status)
    if isinstance(cause, OSError):
        place = asked_for()
        where = cause.filename or (f"a file in {place}" if place else "a file of the run")
        return Failed(f"{where}: {cause.strerror or cause}", GenrfError.exit_status)
    log.debug("unexpected", exc_info=cause)
    what = f"unexpected {type(cause).__name__}: {cause}; HYDRA_FULL_ERROR=1 shows where"
    return Failed(what, GenrfError.exit_status)


def _cause(error: BaseException) -> BaseException:
    """The error of ours, or of the config, that another one wraps."""
    while not isinstance(error, GenrfError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _said(failure: Failed) -> int:
    print(f"genrf: {failure}", file=sys.stderr)
    return failure.exit_status


if __name__ == "__main__":
    sys.exit(main())
