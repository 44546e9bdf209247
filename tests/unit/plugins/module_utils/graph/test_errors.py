# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each refusal becomes an error with its data and without secrets."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from urllib.parse import quote

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import errors
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.answer import Answer, read
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.call import Call
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.redact import MASK, Redactor
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.errors import harmony_error

CALL = Call("GET", "https://h/x", "x")

INTUNE_TEXT = (
    "The property is not allowed - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 "
    "- Activity ID: "
    "9e2f - Url: https://fef.msub06.manage.microsoft.com/DeviceConfiguration_2611/x?api-version=1"
)
INTUNE_JSON = json.dumps(
    {
        "_version": 3,
        "Message": INTUNE_TEXT,
        "CustomApiErrorPhrase": "",
        "RetryAfter": None,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    },
    indent=2,
).replace("\n", "\r\n")


def make(
    status: int, body: object, headers: dict[str, str] | None = None, advice: str = "", secrets: tuple[str, ...] = ()
) -> errors.GraphError:
    call = Call("GET", "https://graph.example.org/beta/x?$filter=a", "x", client_request_id="sent-id")
    return errors.graph_error(call, Answer(status, headers or {}, body), Redactor(secrets), advice)


@pytest.mark.parametrize(
    "message",
    [
        INTUNE_JSON,
        INTUNE_TEXT + " - CustomApiErrorPhrase: ",
        INTUNE_JSON[:-30],  # Graph cuts long messages
        json.dumps({"Message": INTUNE_JSON}),
    ],
)
def test_intune_texts_are_unwrapped_and_internal_hosts_dropped(message: str) -> None:
    assert errors.clean_message(message) == "The property is not allowed"


@pytest.mark.parametrize("message", ["", "plain words", '{"other": 1}', "{not json", "[1]"])
def test_other_texts_stay(message: str) -> None:
    assert errors.clean_message(message) == message


def test_an_internal_url_in_the_middle_of_a_text_is_dropped() -> None:
    assert (
        errors.clean_message("Failed at https://fef.amsua05.manage.microsoft.com/x/y?z=1 while reading")
        == "Failed at while reading"
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (429, errors.Throttled),
        (412, errors.GraphError),
        (500, errors.GraphError),
    ],
)
def test_each_status_has_its_class(status: int, kind: type[errors.GraphError]) -> None:
    assert make(status, {"error": {"code": "C", "message": "m"}}).__class__ is kind


def test_an_error_carries_its_data() -> None:
    error = make(
        400,
        {
            "error": {
                "code": "BadRequest",
                "message": INTUNE_JSON,
                "details": [{"code": "Inner"}],
                "innerError": {"request-id": "r-1", "client-request-id": "c-1", "date": "d"},
            }
        },
    )
    assert (error.status, error.code, error.graph_message) == (400, "BadRequest", "The property is not allowed")
    assert (error.request_id, error.client_request_id, error.details) == ("r-1", "c-1", [{"code": "Inner"}])
    assert error.message == (
        "Microsoft Graph refused GET https://graph.example.org/beta/x: The property is not allowed. "
        "(HTTP 400, BadRequest, request-id r-1)"
    )
    assert error.to_result()["graph_error"] == {
        "status": 400,
        "code": "BadRequest",
        "message": "The property is not allowed",
        "request_id": "r-1",
        "client_request_id": "c-1",
        "method": "GET",
        "url": "https://graph.example.org/beta/x?$filter=a",
    }


def test_the_header_names_the_request_before_the_body() -> None:
    error = make(
        404, {"error": {"code": "X", "message": "m", "innererror": {"request-id": "body"}}}, {"request-id": "header"}
    )
    assert (error.request_id, error.client_request_id) == ("header", "sent-id")


@pytest.mark.parametrize(
    "body",
    [None, {}, {"error": None}, {"error": {}}, [], {"error": {"message": None, "innerError": "x", "details": {}}}],
)
def test_an_error_without_a_usable_body_is_still_told(body: object) -> None:
    assert "Bad Gateway" in make(502, body).message


def test_the_error_of_a_service_behind_graph_is_told() -> None:
    assert "An error has occurred." in str(make(400, {"Message": "An error has occurred."}))


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"errorCode": "BadThing", "message": "It is bad."}, "BadThing", "It is bad."),
        (
            {"odata.error": {"code": "Request_BadRequest", "message": {"lang": "en", "value": "Invalid value."}}},
            "Request_BadRequest",
            "Invalid value.",
        ),
        (
            {
                "error": {
                    "code": "BadRequest",
                    "message": "Several are wrong",
                    "details": [{"code": "A", "message": "First is wrong."}, {"message": "Second is wrong."}, None, 5],
                }
            },
            "BadRequest",
            "Several are wrong. First is wrong. Second is wrong.",
        ),
        (
            {"error": {"code": "X", "message": "Outer.", "innererror": {"internalexception": {"message": "Inner."}}}},
            "X",
            "Outer. Inner.",
        ),
        (
            {"error": {"code": "X", "message": "", "innerError": {"message": json.dumps({"Message": "Deep."})}}},
            "X",
            "Deep.",
        ),
        ({"error": {"code": "X", "message": json.dumps({"error": {"message": "Twice."}})}}, "X", "Twice."),
        ({"error": {"code": "X", "message": "Same.", "details": [{"message": "Same."}]}}, "X", "Same."),
        ({"error": {"code": 5, "message": ["odd"]}}, "5", "5"),
        ({"error": "invalid_request", "error_description": "It is invalid."}, "invalid_request", "It is invalid."),
    ],
)
def test_the_text_of_every_shape_of_error_is_shown(body: object, code: str, text: str) -> None:
    assert errors.code_and_message(Answer(400, {}, body)) == (code, text)


def test_a_plain_text_is_shown() -> None:
    assert (
        "it reads: Service is down" in errors.graph_error(CALL, read(500, {}, b"Service is down"), Redactor()).message
    )


def test_no_text_is_endless() -> None:
    nested: dict[str, object] = {"message": "a"}
    for number in range(50):
        nested = {"message": f"level {number} " + "x" * 500, "innererror": nested}
    assert len(make(400, {"error": {"code": "c" * 10_000, **nested}}).message) < 3000


def test_a_proxy_page_is_quoted_shortly() -> None:
    page = (
        "<html><head><style>p {}</style><script>x()</script></head><body><h1>Blocked</h1><p>by &quot;proxy&quot; "
        + "words " * 100
        + "</body></html>"
    )
    answer = read(502, {"Content-Type": "text/html"}, page.encode())
    error = errors.graph_error(CALL, answer, Redactor())
    assert 'no Graph error, it reads: Blocked by "proxy" words' in error.message
    assert "<" not in error.message
    assert "x()" not in error.message
    assert len(error.message) < 400


def test_an_answer_is_utf_8_whatever_it_says() -> None:
    assert read(200, {"content-type": "application/json; charset=latin-1"}, '\ufeff{"name": "Zoë"}'.encode()).body == {
        "name": "Zoë"
    }


def test_secrets_are_masked_in_every_form() -> None:
    redactor = Redactor(['p&ss w"rd', None, ""])
    text = redactor.text('plain p&ss w"rd, url p%26ss%20w%22rd, form p%26ss+w%22rd, json p&ss w\\"rd.')
    assert text == f"plain {MASK}, url {MASK}, form {MASK}, json {MASK}."


@pytest.mark.parametrize("secret", ["hunter2-and-more", "p&ss w\"rd'<", "Zoë's Schlüssel", "line\nline"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_secrets_are_masked_in_the_forms_in_which_they_are_sent(secret: str, before: str) -> None:
    redactor = Redactor([secret])
    in_json = json.dumps({"key": before + secret + "end"})
    in_xml = f"<string>{before}{escape(secret)}</string>"
    for sent in (
        in_json,
        json.dumps({"key": secret}, ensure_ascii=False),
        in_xml,
        f"https://h/?x={quote(before + secret)}",
        *(base64.b64encode(text.encode()).decode() for text in (before + secret + "x", in_json, in_xml)),
        base64.urlsafe_b64encode(in_json.encode()).decode(),
        quote(base64.b64encode(in_json.encode()).decode(), safe=""),
    ):
        shown = redactor.text(f"refused {sent}!")
        assert MASK in shown
        found = "".join(re.findall(r"[A-Za-z0-9+/_=-]{8,}", shown))
        for text in (shown, *(_decoded(found[start:]) for start in range(4))):
            assert secret not in text


def _decoded(text: str) -> str:
    return base64.b64decode(text[: len(text) // 4 * 4] + "====", altchars=b"-_").decode("latin-1")


@pytest.mark.parametrize(
    ("secret", "part", "word"),
    [
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg+q\nhkiG9w0BAQEFAASC\n", "hkiG9w0BAQEFAASC", "PRIVATE"),
        (
            json.dumps({"activationToken": "S3cr3t-T0ken", "list": [{"pin": 1234567890}]}),
            "S3cr3t-T0ken",
            "activationToken",
        ),
        (
            json.dumps({"activationToken": "S3cr3t-T0ken", "list": [{"pin": 1234567890}]}),
            "1234567890",
            "activationToken",
        ),
        (json.dumps({"key": "first-line\nsecond-line"}), "second-line", "key"),
        ("<dict>\n<key>SharedToken</key>\n<string>Pl&amp;stS3cret</string></dict>", "Pl&stS3cret", "SharedToken"),
        ("<vpn><user token='Attr1buteS3cret'/><data>\n AAAABBBBCCCC\n DDDDEEEE\n</data></vpn>", "DDDDEEEE", "token"),
        ("<vpn><user token='Attr1buteS3cret'/></vpn>", "Attr1buteS3cret", "token"),
    ],
)
def test_a_message_shows_no_part_of_a_secret_that_has_parts(secret: str, part: str, word: str) -> None:
    redactor = Redactor([secret])
    for text in (part, part.upper(), base64.b64encode(f"x{part}x".encode()).decode(), json.dumps({"a": part})[1:-1]):
        masked = redactor.text(f"The value {text} of {word} is not valid.")
        assert part.lower() not in masked.lower()
        assert "********" in masked
        assert f"of {word} is not valid." in masked
    # The tenant's own objects may have a value that is ordinary.
    assert redactor.result({"name": part}) == {"name": part}


def test_what_looks_like_no_id_is_not_shown_as_one() -> None:
    redactor = Redactor(["a-secret"])
    token = "eyJhbGciOiJ9.eyJpc3MiOiJ4In0.c2ln"
    for odd in (token, "Bearer abc", "x" * 65, "a b", "a\x1b[31m", "", None, 7, "a-secret\n"):
        assert redactor.id(odd) == ""
    assert redactor.id("a-secret") == MASK
    assert redactor.id("5f0c1d7e-8d4d-4f8b-9d37-1b0b1f4c8b11") == "5f0c1d7e-8d4d-4f8b-9d37-1b0b1f4c8b11"
    answer = Answer(
        400, {"request-id": token, "client-request-id": token}, {"error": {"innerError": {"request-id": token}}}
    )
    error = errors.graph_error(Call("GET", "https://h/x", "x", client_request_id="own-id"), answer, redactor)
    assert token not in error.message + json.dumps(error.to_result())
    assert (error.request_id, error.client_request_id) == ("", "own-id")


def test_control_characters_are_never_printed_raw() -> None:
    error = make(400, {"error": {"code": "\x1b]0;x\x07", "message": "a\x1b[2Jb \x9b31m \u202ec"}})
    assert error.message.isprintable()
    assert r"a\x1b[2Jb \x9b31m \u202ec" in error.message


def test_a_result_is_masked_as_a_whole_and_changed_in_nothing_else() -> None:
    redactor = Redactor(['p"ss-word'])
    kept = {"token": "eyJhbGciOiJ9.eyJpc3MiOiJ4In0.c2ln", "text": "a\x1b[2J", "n": 1, "none": None, "list": [True]}
    assert redactor.result(kept) is kept
    assert redactor.result({**kept, 'a p"ss-word': [{"x": 'p"ss-word'}]}) == {**kept, f"a {MASK}": [{"x": MASK}]}
    assert redactor.messages(["a\x1b[2J", {"url": kept["token"]}]) == [r"a\x1b[2J", {"url": MASK}]


def test_a_secret_inside_another_leaves_no_rest() -> None:
    assert Redactor(["short", "short-and-long", "a-short-one"]).text("short-and-long a-short-one") == f"{MASK} {MASK}"


def test_nothing_that_outlives_a_task_keeps_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python keeps the patterns that it has compiled, and with them each token of a process that stays."""

    def refuse(*_arguments: object) -> None:
        raise AssertionError("a pattern is compiled of a secret")

    monkeypatch.setattr(re, "compile", refuse)
    redactor = Redactor(["first-secret"])
    redactor.add("second-secret")
    assert redactor.result({"first-secret": ["x second-secret"]}) == {MASK: [f"x {MASK}"]}
    assert redactor.text("first-secret") == MASK


def test_tokens_are_masked_unknown_too() -> None:
    assert (
        Redactor().text("sent eyJhbGciOiJ9.eyJpc3MiOiJ4In0.c2ln and Bearer abcdefgh12345")
        == f"sent {MASK} and Bearer {MASK}"
    )


def test_an_error_text_and_url_hold_no_secret() -> None:
    error = errors.graph_error(
        Call("GET", "https://h/x?key=hush-hush", "x"),
        Answer(400, {}, {"error": {"code": "hush-hush", "message": "bad value hush-hush"}}),
        Redactor(["hush-hush"]),
        "try hush-hush",
    )
    assert "hush-hush" not in error.message + json.dumps(error.to_result())


def test_a_lost_answer_reports_what_graph_said() -> None:
    cause = make(503, {"error": {"code": "C", "message": "m"}})
    assert errors.LostAnswer("lost", cause=cause).to_result() == cause.to_result()
    assert (
        errors.LostAnswer("lost", "POST", "https://h/x", "id-1").to_result()["graph_error"]["client_request_id"]
        == "id-1"
    )


def test_sentences_can_be_added() -> None:
    error = errors.ConnectionFailed("It broke.")
    error.append("Given up.")
    assert str(error) == error.message == "It broke. Given up."


def test_a_secret_is_masked_however_a_service_spells_it() -> None:
    secret, token = "S3cret/of:ours+x", "AbCdEf0123456789"
    redactor = Redactor([secret])
    for spelt in (secret.upper(), secret.lower(), quote(secret, safe="").lower(), quote(secret, safe="").upper()):
        assert redactor.text(f"Value '{spelt}' is wrong, {spelt}.") == "Value '********' is wrong, ********."
    assert redactor.text(f"authorization: bearer {token}") == "authorization: bearer ********"
    # Letters whose small forms have another length, and a secret that is like the mask.
    assert secret not in redactor.text(f"\u0130 {secret}")
    assert Redactor(["*" * 12]).text(f"a {'*' * 12} b") == "a ******** b"


SECRET = "Zx9-first  part\n\tand 'second' <part>"


@pytest.mark.parametrize("before", [80, 170, 190, 195, 480, 1960, 1980, 1995])
@pytest.mark.parametrize("is_json", [True, False])
def test_no_part_of_a_secret_is_shown_where_a_text_is_cut_or_its_blanks_are_joined(before: int, is_json: bool) -> None:
    text = "y" * before + f" {SECRET} " + "z" * 3000
    content = json.dumps({"error": {"code": text[-3100:], "message": text}}) if is_json else f"<p>{escape(text)}</p>"
    redactor = Redactor([SECRET])
    answer = read(400, {}, content.encode())
    shown = errors.graph_error(CALL, answer, redactor)
    bad = errors.bad_answer(CALL, answer, redactor, "got something else")
    harmony = harmony_error(read(400, {}, content.encode()), "/x/", "https://h/x", redactor)
    for message in (shown.message, shown.code, shown.graph_message, bad.message, harmony.message):
        assert not any(part in message for part in ("Zx9", "first", "second"))
        assert len(message) < 3000


def test_the_password_of_a_proxy_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:p%40ssw0rd@proxy.example:3128")
    said = "Tunnel connection failed: 407 user:p@ssw0rd " + base64.b64encode(b"user:p@ssw0rd").decode()
    shown = Redactor().text(said)
    assert "p@ssw0rd" not in shown
    assert base64.b64encode(b"user:p@ssw0rd").decode()[8:] not in shown
