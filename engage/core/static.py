"""The built assets, held in memory with their compressed forms: few, small, and named by their content."""

import mimetypes
from functools import lru_cache

from litestar import Response, get
from litestar.params import FromPath

from engage.core.errors import NotFound
from engage.core.http import Request
from engage.core.pages import FRONTEND
from engage.core.permissions import EVERYONE

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    folder = FRONTEND / "static"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@get("/static/{name:str}", guards=[EVERYONE], opt={"quiet": True}, include_in_schema=False)
async def static_file(request: Request, name: FromPath[str]) -> Response[bytes]:
    if name not in _files() or name.endswith((".br", ".gz")):
        raise NotFound
    accepted = request.headers.get("accept-encoding", "")
    headers = {**FOREVER, "vary": "accept-encoding"}
    body = _files()[name]
    for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
        if encoding in accepted and name + ending in _files():
            headers["content-encoding"] = encoding
            body = _files()[name + ending]
            break
    return Response(
        body, media_type=mimetypes.guess_type(name)[0] or "application/octet-stream", headers=headers
    )
