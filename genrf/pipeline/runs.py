"""Tasks that look at finished runs take their folders as plain words: `genrf report outputs/a outputs/b`."""

from collections.abc import Sequence

_TASKS = ("report", "summary")


def named(arguments: Sequence[str]) -> list[str]:
    """The command line with `task=` and `runs=` where it begins with such a task's name."""
    if not arguments or arguments[0] not in _TASKS:
        return list(arguments)
    task, *others = arguments
    folders = [word for word in others if "=" not in word and not word.startswith("-")]
    settings = [word for word in others if word not in folders]
    runs = ",".join('"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"' for folder in folders)
    return [f"task={task}", *([f"runs=[{runs}]"] if folders else []), *settings]
