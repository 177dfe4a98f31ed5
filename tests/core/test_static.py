"""The built assets, each in the form that a browser takes."""

import gzip

import brotli

from engage.core.pages import FRONTEND, asset
from tests.web import Client


async def test_each_asset_comes_compressed_as_asked_and_says_the_same(client: Client) -> None:
    for name in ("site.css", "site.js"):
        path = asset(name)
        plain = (FRONTEND / "static" / path.rsplit("/", 1)[1]).read_bytes()
        for accepted, encoding in [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)]:
            async with client.http.stream("GET", path, headers={"accept-encoding": accepted}) as answer:
                raw = b"".join([part async for part in answer.aiter_raw()])
            assert answer.status_code == 200
            assert answer.headers.get("content-encoding") == encoding
            assert answer.headers["vary"] == "accept-encoding"
            read = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
            assert read(raw) == plain
            assert encoding is None or len(raw) < len(plain) / 2
        assert answer.headers["content-type"].startswith("text/")


async def test_nothing_but_the_assets_is_served(client: Client) -> None:
    packed = asset("site.css").rsplit("/", 1)[1] + ".br"
    for path in (
        f"/static/{packed}",
        "/static/../templates/layout/base.html",
        "/static/..%2Ftemplates%2Flayout%2Fbase.html",
        "/static/%2e%2e%2fbuild.mjs",
        "/static/",
        "/static/none.css",
    ):
        answer = await client.http.get(path)
        assert answer.status_code == 404, path
