"""Litestar's connection types with their parameters filled in once."""

from typing import Any, TypeAlias

import litestar
from litestar.connection import ASGIConnection

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]
Request: TypeAlias = litestar.Request[Any, Any, Any]
