"""Flags that a program for Theano is started with."""

import os
import subprocess
import sys

import pytest

from symc.compat.config import AddConfigVar, IntParam
from symc.compat.flags import take_flags, theano_flags
from symc.config import Config, ConfigError


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Set what Theano's flags are read from: a text of THEANO_FLAGS and of a file."""

    def set_up(flags="", file=None):
        monkeypatch.setenv("THEANO_FLAGS", flags)
        monkeypatch.setenv("THEANORC", str(tmp_path / "rc"))
        if file is not None:
            (tmp_path / "rc").write_text(file)

    return set_up


def test_the_variable_wins_over_the_file(start):
    start("floatX=float32,,nothing", "[global]\nfloatX = float16\nmode = FAST_COMPILE\n")
    assert theano_flags() == {"floatX": "float32", "mode": "FAST_COMPILE"}
    config = Config()
    take_flags(config)
    assert (config.floatX, config.mode) == ("float32", "FAST_COMPILE")


def test_what_is_set_for_symc_stays(start):
    start("floatX=float32,on_unused_input=warn,linker=py,optimizer=None")
    config = Config(({"floatX": "float64"},))
    config.linker = "native"
    take_flags(config)
    assert (config.floatX, config.linker) == ("float64", "native")
    assert (config.on_unused_input, config.optimizer) == ("warn", "None")


def test_one_warning_names_what_symc_does_without(start):
    start("device=cuda,nosuch.flag=3,floatX=float31,allow_gc=False,exception_verbosity=high")
    config = Config()
    wanted = "symc does without device=cuda, nosuch.flag, floatX=float31; SYMC_FLAGS sets its own"
    with pytest.warns(UserWarning, match=wanted) as seen:
        take_flags(config)
    assert len(seen) == 1
    assert (config.device, config.floatX) == ("cpu", "float64")
    assert config.exception_verbosity == "high"


def test_a_flag_of_the_program_is_set_from_outside(start):
    start("mine.count=5,mine.size=x")
    config = Config()
    AddConfigVar("mine.count", "A number.", IntParam(3), root=config)
    assert config.mine.count == 5
    with pytest.raises(ConfigError, match=r"flag mine\.size"):
        AddConfigVar("mine.size", "A number.", IntParam(3), root=config)


PROGRAM = """
import symc
{install}
print(symc.config.floatX, symc.config.mode)
"""


@pytest.mark.parametrize(
    ("install", "shown", "warning"),
    [
        ("symc.install_as_theano(); symc.install_as_theano()", "float32 FAST_COMPILE", "line 3"),
        ("", "float64 Mode", ""),
    ],
)
def test_only_a_program_for_theano_reads_them(install, shown, warning, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(install=install))
    flags = {"THEANO_FLAGS": "floatX=float32,mode=FAST_COMPILE,qqq=1", "THEANORC": ""}
    known = {**os.environ, **flags}
    command = [sys.executable, str(file)]
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == shown
    place = warning.replace("line ", f"{file}:")
    assert done.stderr.startswith(f"{place}: UserWarning" if warning else "")
    assert done.stderr.count("Warning") == bool(warning)
