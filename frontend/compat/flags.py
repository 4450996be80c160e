"""The flags that a program for Theano is started with: the files of THEANORC, then THEANO_FLAGS.

What Theano does not know there it warns of, and so does symc of what it does not know or have.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from symc.config import Config, ConfigError, UnknownFlag, read_file

FLAGS = "THEANO_FLAGS"
RC_FILE = "THEANORC"


def theano_flags() -> dict[str, str]:
    """Return the flags of this process that Theano would read: name -> text."""
    names = os.environ.get(RC_FILE, "~/.theanorc").split(os.pathsep)
    files = [file for file in (Path(name).expanduser() for name in names if name) if file.is_file()]
    parts = [part.partition("=") for part in os.environ.get(FLAGS, "").split(",")]
    flags = {name.strip(): value.strip() for name, equals, value in parts if equals}
    return {**(read_file(files) if files else {}), **flags}


def take_flags(config: Config) -> None:
    """Set the flags of Theano that symc's own files, SYMC_FLAGS and the program leave alone.

    Warns, once for all, of flags that symc does not have and of values that they do not take.
    """
    refused = []
    for name, text in theano_flags().items():
        try:
            config.offer(name, text)
        except UnknownFlag:
            refused.append(name)
        except ConfigError:
            refused.append(f"{name}={text}")
    if refused:
        what = ", ".join(refused)
        message = f"{FLAGS} and .theanorc: symc does without {what}; SYMC_FLAGS sets its own flags"
        warnings.warn(message, stacklevel=4)
