"""What every route of the JSON API may answer besides its own: problem+json (RFC 9457), named by code."""

import msgspec
from litestar.openapi.datastructures import ResponseSpec


class Problem(msgspec.Struct):
    """``errors``: field → sentence, with invalid-input only. ``instance`` is the request id to quote."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: dict[str, str] | None = None


PROBLEMS: dict[int, ResponseSpec] = {
    status: ResponseSpec(
        Problem, description=description, media_type="application/problem+json", generate_examples=False
    )
    for status, description in {
        400: "bad-request: the request could not be understood",
        401: "sign-in-needed",
        403: "forbidden, or cross-site",
        404: "not-found: there is none, or you may not see it",
        409: "conflict, refused by the phase, or not-both-languages",
        413: "too-large",
        422: "invalid-input: see errors",
        429: "too-many: wait and try again",
        500: "unexpected",
    }.items()
}
