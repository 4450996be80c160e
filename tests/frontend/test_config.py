"""Flags: their sources and precedence, what they take, and what they do."""

import os
import subprocess
import sys

import pytest

import symc
import symc.tensor as T
from symc.config import Config, ConfigError, UnknownFlag, read_file, read_flags


def test_defaults():
    config = Config()
    assert config.floatX == "float64"
    assert config.cast_policy == "custom"
    assert config.on_unused_input == "raise"


def test_later_layers_win(tmp_path):
    file = tmp_path / "rc"
    file.write_text("[global]\nfloatX = float32\nmode = FAST_COMPILE\n")
    config = Config((read_file([file]), read_flags("floatX=float16,warn_float64=warn")))
    assert config.floatX == "float16"
    assert config.mode == "FAST_COMPILE"
    assert config.warn_float64 == "warn"
    config.floatX = "float64"
    assert config.floatX == "float64"


def test_environment_and_rc_file(tmp_path):
    file = tmp_path / "rc"
    file.write_text("[global]\nfloatX = float32\non_unused_input = warn\n")
    program = "import symc; print(symc.config.floatX, symc.config.on_unused_input)"
    environment = {**os.environ, "SYMCRC": str(file), "SYMC_FLAGS": "floatX=float16"}
    shown = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["float16", "warn"]


def test_a_missing_rc_file_is_no_error(tmp_path):
    assert read_file([tmp_path / "none"]) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("floatx", "did you mean 'floatX'?"),
        ("on_unused", "did you mean 'on_unused_input'?"),
        ("qqqqqq", "there is no flag 'qqqqqq'"),
    ],
)
def test_unknown_flags_name_the_nearest(name, text):
    with pytest.raises(UnknownFlag, match=text.replace("?", r"\?")):
        getattr(symc.config, name)
    with pytest.raises(AttributeError):
        setattr(symc.config, name, 1)
    with pytest.raises(UnknownFlag):
        Config(({name: "1"},))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "floatX",
            "float128",
            "flag floatX takes float64, float32, float16, bfloat16, not 'float128'",
        ),
        ("on_unused_input", "maybe", "takes raise, warn, ignore"),
        ("cast_policy", 3, "takes custom"),
    ],
)
def test_wrong_values(name, value, text):
    with pytest.raises(ConfigError, match=text):
        setattr(symc.config, name, value)


def test_read_only_flags():
    with pytest.raises(ConfigError, match="device is read-only once symc is imported"):
        symc.config.device = "cpu"


def test_flags_of_the_environment_need_a_value():
    with pytest.raises(ConfigError, match="'floatX' is not of the form name=value"):
        read_flags("floatX")


def test_printing_lists_every_flag():
    text = str(symc.config)
    for name in dir(symc.config):
        assert f"{name} = " in text
    assert "floatX = float64  (default 'float64')" in text


def test_change_flags_puts_back():
    def fail():
        with symc.config.change_flags(floatX="float32"):
            assert T.matrix().dtype == "float32"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert T.matrix().dtype == "float64"


def test_float64_can_be_refused():
    with symc.config.change_flags(warn_float64="raise"):
        with pytest.raises(TypeError, match="a float64 variable is made: x"):
            T.dscalar("x")
        assert T.fscalar("x").dtype == "float32"
    with symc.config.change_flags(warn_float64="warn"), pytest.warns(UserWarning, match="float64"):
        T.dscalar("x")


def test_modes():
    assert symc.Mode().pipeline == "FAST_RUN"
    assert symc.Mode(optimizer="fast_compile").pipeline == "FAST_COMPILE"
    assert symc.Mode("py").linker == "interpret"
    assert symc.Mode("cvm").linker == "native"
    assert symc.FAST_RUN.excluding("fuse", "simplify").including("fuse").exclude == {"simplify"}
    with pytest.raises(ConfigError, match="there is no linker 'gpu'"):
        symc.Mode("gpu")
    with pytest.raises(ConfigError, match="there is no mode 'SLOW'"):
        symc.function([], [], mode="SLOW")
    with pytest.raises(NotImplementedError, match="mode MonitorMode is not there yet"):
        symc.function([], [], mode="MonitorMode")


def test_the_default_mode_follows_the_flags():
    flags = {"mode": "FAST_COMPILE", "optimizer_excluding": "fuse:tidy"}
    with symc.config.change_flags(**flags):
        mode = symc.get_default_mode()
    assert mode.pipeline == "FAST_COMPILE"
    assert mode.exclude == {"fuse", "tidy"}
    with symc.config.change_flags(mode=symc.Mode("py")):
        assert symc.get_default_mode().linker == "interpret"
