"""Folders of finished runs as words of the command line."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from genrf.pipeline.runs import named


def test_folders_become_the_list_that_the_task_takes():
    folders = ["outputs/a b", "outputs/c,d", '/tmp/"quoted"', "é[1]"]
    task, runs, other = named(["report", *folders, "hydra.run.dir=x"])
    (read,) = OverridesParser.create().parse_overrides([runs])
    assert (task, other) == ("task=report", "hydra.run.dir=x")
    assert (read.key_or_group, [str(value) for value in read.value()]) == ("runs", folders)


@pytest.mark.parametrize("arguments", [[], ["spec=lna_2p4ghz"], ["-m", "seed=1,2"], ["task=report", "runs=[a,b]"]])
def test_other_command_lines_stay_as_they_are(arguments):
    assert named(arguments) == arguments


def test_a_task_without_folders_is_left_to_say_so():
    assert named(["summary"]) == ["task=summary"]
