"""symc cache fill."""

from symc.cli import main
from symc.compiler.link import Linker


def test_cache_is_filled_for_both_printers(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(Linker, "fill", lambda linker: {"mlir": 3, "llvm": 2}[linker.printer])
    assert main(["cache", "fill"]) == 0
    assert capsys.readouterr().out == "5 objects compiled\n"
