"""What needs a browser's session: minting a token, signing up with an invite."""

import html
import re

import httpx
import msgspec

from goldpress.errors import GoldpressError, SurroundingsError, UsageError
from goldpress.labelstudio.wire import UnclearAnswer, Wire, decode, reason

OK, CREATED, NO_CONTENT, REDIRECT, FORBIDDEN, CONFLICT = 200, 201, 204, 302, 403, 409

LOGIN = "/user/login/"
TOKENS = "/api/token/"


class _Token(msgspec.Struct):
    token: str


def mint_token(url: str, email: str, password: str, *, replace: bool = False) -> str:
    """Return a new personal access token of a person; Label Studio lets each have one.

    Args:
        url: Address of the server.
        email: The person's address.
        password: The person's password.
        replace: Revoke the token that the person has; it may be in use on another machine.

    Raises:
        UsageError: Address or password are wrong (GP-LS-022), or there is a token already (GP-LS-023).
        SurroundingsError: Nothing answers (GP-LS-001), or it behaves otherwise than Label Studio (GP-LS-024).
    """
    with Wire(url) as wire:
        _log_in(wire, email, password)
        answer = wire.send("POST", TOKENS, headers=_csrf_header(wire))
        if answer.status_code == CONFLICT:
            if not replace:
                raise UsageError(
                    "GP-LS-023",
                    f"{email} has a token already, perhaps in use on another machine",
                    where=url,
                    hint="use that one, or give --replace to revoke it",
                )
            _revoke(wire)
            answer = wire.send("POST", TOKENS, headers=_csrf_header(wire))
        if answer.status_code != CREATED:
            raise _unexpected(answer, "no token came back")
        return decode(answer, _Token).token


def sign_up(url: str, invite_path: str, email: str, password: str) -> None:
    """Make an account through the invite page: one made through the API could not log in.

    After a lost answer it is tried whether the account can log in.

    Raises:
        UnclearAnswer: The answer was lost, and no such account can log in (GP-LS-008).
        UsageError: The server refuses, with its reason: the address has an account, the password is too short
            (GP-LS-025); or the invite is not valid (GP-LS-026).
        SurroundingsError: Nothing answers (GP-LS-001), or it behaves otherwise than Label Studio (GP-LS-024).
    """
    with Wire(url) as wire:
        form = {"email": email, "password": password, "allow_newsletters": "false"}
        try:
            answer = _submit(wire, invite_path, form)
        except UnclearAnswer:
            # The password is known here alone: an account that nobody could log in to would be left behind.
            if _knows(url, email, password):
                return
            raise
        if answer.status_code == OK:
            raise UsageError(
                "GP-LS-025",
                f"no account was made for {email}: {_form_error(answer)}",
                where=url,
                hint="'goldpress annotators list' shows who has one; a password has 8 to 128 characters",
            )
        if answer.status_code == FORBIDDEN:
            raise UsageError(
                "GP-LS-026",
                "the invite is not valid",
                where=url,
                hint="somebody may have reset it; run the command again to fetch the new one",
            )
        if answer.status_code != REDIRECT or not wire.cookie("sessionid"):
            raise _unexpected(answer, "no account was made")


def _log_in(wire: Wire, email: str, password: str) -> None:
    answer = _submit(wire, LOGIN, {"email": email, "password": password})
    # A wrong password is no error to Label Studio: it shows the form again.
    if answer.status_code == OK:
        raise UsageError(
            "GP-LS-022",
            "the e-mail address or the password is wrong",
            where=wire.url,
            hint="check both; an account that was made on Label Studio's own page for users cannot log in",
        )
    if answer.status_code != REDIRECT or not wire.cookie("sessionid"):
        raise _unexpected(answer, "no login came about")


def _knows(url: str, email: str, password: str) -> bool:
    try:
        with Wire(url) as wire:
            _log_in(wire, email, password)
    except GoldpressError:
        return False
    return True


def _revoke(wire: Wire) -> None:
    known = decode(wire.send("GET", TOKENS), list[_Token])
    for entry in known:
        answer = wire.send("POST", "/api/token/blacklist/", headers=_csrf_header(wire), json={"refresh": entry.token})
        if answer.status_code != NO_CONTENT:
            raise _unexpected(answer, "the old token could not be revoked")


def _submit(wire: Wire, path: str, form: dict[str, str]) -> httpx.Response:
    page = wire.send("GET", path)
    if page.status_code != OK or not wire.cookie("csrftoken"):
        raise _unexpected(page, "there is no form to fill in")
    body = {**form, "csrfmiddlewaretoken": wire.cookie("csrftoken")}
    return wire.send("POST", path, data=body, headers=_csrf_header(wire))


def _csrf_header(wire: Wire) -> dict[str, str]:
    # Over https Django takes no form without a referrer.
    return {"X-CSRFToken": wire.cookie("csrftoken"), "Referer": f"{wire.url}/"}


def _form_error(answer: httpx.Response) -> str:
    lists = re.findall(r'class="(?:error|field_errors|errorlist)[^"]*">(.*?)</(?:ul|p)>', answer.text, re.DOTALL)
    words = html.unescape(re.sub(r"<[^>]+>", " ", " ".join(lists))).split()
    return " ".join(words) or "no reason given"


def _unexpected(answer: httpx.Response, what: str) -> SurroundingsError:
    return SurroundingsError(
        "GP-LS-024",
        f"{what}: the server answers {answer.status_code} ({reason(answer)})",
        where=f"{answer.request.url.copy_with(query=None)}",
        hint="give scheme, host and port alone, such as http://127.0.0.1:8080, and check that it is a Label Studio",
    )
