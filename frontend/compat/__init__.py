"""symc.compat: legacy programs that import Theano run on symc; nothing else imports this."""

from symc.compat.finder import install_as_theano

__all__ = ["install_as_theano"]
